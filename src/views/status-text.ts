import type { PlannedHost } from '../events/events.ts'
import { pageSizeName, poolName } from '../plan/hugepage-name.ts'
import { capacityOf, identityOf } from '../plan/identity.ts'
import { allReasons, type DevicePlan, type HostPlan } from '../plan/plan.ts'
import { usesOf } from '../plan/uses.ts'
import type { Drive, HostFacts } from '../probe/facts.ts'
import { driverWord, factWord } from './drive-words.ts'
import { hostHeading } from './host-heading.ts'
import { openPage, type Page, type View } from './layout/page.ts'
import { type Cell, type Column, table } from './layout/table.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { poolRows } from './status-pools.ts'
import { unreachableLines } from './unreachable.ts'
import { useWords } from './use-lines.ts'
import { byteSize, count, list } from './words.ts'

/** One host for `status`: all that was seen of it beside what is declared, or why nothing was. */
export type StatusHost =
  | { kind: 'probed'; plan: HostPlan; facts: HostFacts }
  | Extract<PlannedHost, { kind: 'unreachable' }>

/** What each host has, declared or not: its drives and who uses them, its hugepages. A summary last. */
export function renderStatus(hosts: StatusHost[], view: View): string {
  const page = openPage(view)
  const blocks = hosts.map((host) =>
    host.kind === 'probed' ? probedLines(host.plan, host.facts, page) : unreachableLines([host], page),
  )
  return `${[...blocks.flatMap((lines) => [...lines, '']), summary(hosts)].join('\n')}\n`
}

const marks = { in_sync: ' ', changes: '~', blocked: '!' } as const

function probedLines(plan: HostPlan, facts: HostFacts, page: Page): string[] {
  const units =
    facts.iommu.units.length === 0 ? 'no IOMMU' : `IOMMU ${list(facts.iommu.units.map(printable))}`
  const note = `${printable(facts.kernelName)} ${factWord(facts.kernelRelease, 'of unknown release')}, ${units}`
  return [
    ...hostHeading([plan], markOf(marks[plan.outcome], page), note, page),
    ...(facts.drives.length === 0 ? ['    no NVMe drives'] : driveLines(plan, facts, page)),
    ...hugepageLines(plan, facts, page),
  ]
}

const driveColumns: Column[] = [
  { head: 'drive' },
  { head: 'driver' },
  { head: 'declared' },
  { head: 'size', align: 'right' },
  { head: 'node', align: 'right' },
  { head: 'group', align: 'right' },
  { head: 'serial' },
]

/** A model beside everything else needs a wide page; on a narrow one it has a line of its own. */
const WIDE = 100

function driveLines(plan: HostPlan, facts: HostFacts, page: Page): string[] {
  const devices = new Map(plan.devices.map((device) => [device.bdf, device]))
  const wide = page.width >= WIDE
  const rows = facts.drives.map((drive) => [
    ...driveRow(drive, devices.get(drive.bdf), page),
    ...(wide ? [modelOf(drive)] : []),
  ])
  const columns = wide ? [...driveColumns, { head: 'model', min: 8 }] : driveColumns
  const [heads = '', ...lines] = table(rows, columns, {
    width: page.width,
    indent: 4,
    paintHead: page.paint.dim,
  })
  const described = facts.drives.flatMap((drive, at) => {
    const device = devices.get(drive.bdf)
    const mark = markOf(device === undefined ? ' ' : deviceMark(device, drive), page)
    const codes = (device?.reasons ?? []).map(({ code }) => `[${code}]`)
    const below = [
      ...(wide ? [] : [modelOf(drive)]),
      ...usesOf(drive, facts).flatMap((use) => useWords(use, 'kernel') ?? []),
      ...(codes.length === 0 ? [] : [codes.join(' ')]),
    ]
    return [
      `  ${mark} ${(lines[at] ?? '').slice(4)}`,
      ...below.flatMap((words) => wrap(words, { width: page.width, indent: 6 })),
    ]
  })
  return [heads, ...described]
}

function driveRow(drive: Drive, device: DevicePlan | undefined, { paint }: Page): Cell[] {
  const identity = identityOf(drive)
  const size = capacityOf(drive)
  return [
    { text: drive.bdf, paint: paint.bold },
    driverWord(drive),
    device?.declared ?? '-',
    size === null ? '?' : byteSize(size),
    factWord(drive.numaNode, '-'),
    factWord(drive.iommuGroup, '-'),
    identity.by === 'nothing' ? '?' : printable(identity.serial),
  ]
}

function modelOf(drive: Drive): string {
  const identity = identityOf(drive)
  return identity.by === 'nothing' ? `unknown: ${printable(identity.why)}` : printable(identity.model)
}

function deviceMark({ action, targetDriver }: DevicePlan, drive: Drive): '!' | '~' | ' ' {
  if (action === 'blocked') return '!'
  return targetDriver !== null && driverWord(drive) !== targetDriver ? '~' : ' '
}

function markOf(mark: '!' | '~' | ' ', { paint }: Page): string {
  return { '!': paint.red('!'), '~': paint.yellow('~'), ' ': ' ' }[mark]
}

function hugepageLines(plan: HostPlan, facts: HostFacts, page: Page): string[] {
  if (facts.hugepages.state === 'unreadable') return ['    hugepages unreadable']
  const rows = poolRows(plan, facts)
  if (rows.length === 0) return ['    no hugepages']
  const right = { align: 'right' } as const
  return table(
    rows.map(({ sizeKiB, node, current, free, declared }) => [
      node === null ? pageSizeName(sizeKiB) : poolName({ sizeKiB, node }),
      String(current),
      free === null ? '-' : String(free),
      declared === null ? '-' : String(declared),
    ]),
    [
      { head: 'hugepages' },
      { head: 'now', ...right },
      { head: 'free', ...right },
      { head: 'declared', ...right },
    ],
    { width: page.width, indent: 4, paintHead: page.paint.dim },
  )
}

function summary(hosts: StatusHost[]): string {
  const unreachable = hosts.filter(({ kind }) => kind === 'unreachable').length
  const drives = hosts.reduce((sum, host) => sum + (host.kind === 'probed' ? host.facts.drives.length : 0), 0)
  const reasons = hosts.some((host) => host.kind === 'probed' && allReasons(host.plan).length > 0)
  const told = reasons ? ' What stands against it, and what to do: provision plan FILE' : ''
  return `Status: ${count(hosts.length, 'host')}, ${count(drives, 'NVMe drive')}, ${unreachable} unreachable.${told}`
}

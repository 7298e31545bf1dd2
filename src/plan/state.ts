import { type Fact, seen } from '../probe/fact.ts'
import type { Drive, HostFacts, Namespace } from '../probe/facts.ts'
import { poolName } from './hugepage-name.ts'
import { NOT_PREDICTED } from './steps/bind.ts'
import { type Use, usesOf } from './uses.ts'

/**
 * A host's facts as flat, comparable text: subject → state, e.g. `0000:5e:00.0 driver` → `nvme`. Kernel names and
 * device numbers are left out, since they may differ after every bind. Two uses: what a plan relied on is a part of
 * it, and what verify compares is the whole of it, predicted against real.
 */
export type HostState = Record<string, string>

/** Stands for whatever it may be: the prediction does not know. */
const ANY = '?'

export function stateOf(facts: HostFacts): HostState {
  const state: HostState = {}
  for (const drive of facts.drives) Object.assign(state, driveState(drive, facts))
  for (const { bdf, driver } of facts.functions) state[`${bdf} driver`] = text(driver)
  for (const pool of seen(facts.hugepages) ?? []) state[`hugepages ${poolName(pool)}`] = String(pool.total)
  for (const [path, owner] of Object.entries(facts.nodeOwners))
    if (/^\/dev\/vfio\/\d+$/.test(path)) state[`${path} owner`] = owner
  return state
}

function driveState(drive: Drive, facts: HostFacts): HostState {
  const { bdf } = drive
  const open = drive.controller.state === 'unreadable' && drive.controller.why === NOT_PREDICTED
  const controller = drive.controller
  const mounts = usesOf(drive, facts).flatMap((use) =>
    use.kind === 'mount' ? [`${use.nsid}/${use.partition} ${use.mount.target}`] : [],
  )
  const swaps = usesOf(drive, facts).flatMap((use) =>
    use.kind === 'swap' ? [`${use.nsid}/${use.partition}`] : [],
  )
  return {
    [`${bdf} driver`]: text(drive.driver),
    [`${bdf} driver_override`]: text(drive.driverOverride),
    [`${bdf} ids`]: drive.ids,
    [`${bdf} iommu group`]: text(drive.iommuGroup),
    [`${bdf} serial`]: open
      ? ANY
      : controller.state === 'known'
        ? controller.value.serial.trim()
        : controller.state,
    [`${bdf} namespaces`]: open ? ANY : drive.namespaces.map(namespaceText).join(' ') || 'none',
    [`${bdf} mounts`]: open ? ANY : mounts.sort().join(', ') || 'none',
    [`${bdf} swap`]: open ? ANY : swaps.sort().join(', ') || 'none',
    [`${bdf} record`]: recordText(drive),
  }
}

function namespaceText({ nsid, sizeBytes, partitions }: Namespace): string {
  const parts = partitions.map(({ number, sizeBytes: size }) => `p${number}:${size}`)
  return [`ns${nsid}:${sizeBytes}`, ...parts].join('+')
}

/** Which hand-over the record is of, so that one that was made anew since is another state. */
function recordText({ record }: Drive): string {
  if (record.state !== 'known') return text(record)
  const { run, drive } = record.value
  return `${seen(drive.controller)?.serial.trim() ?? 'a drive'} handed over by ${run}`
}

function text<T>(fact: Fact<T>): string {
  if (fact.state === 'known') return String(fact.value)
  return fact.state === 'absent' ? 'none' : 'unreadable'
}

export interface Difference {
  subject: string
  expected: string
  actual: string
}

/** Where the second state is not as the first says. A subject that one of them lacks counts as `none`. */
export function differences(expected: HostState, actual: HostState): Difference[] {
  const subjects = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort()
  return subjects.flatMap((subject) => {
    const [want, is] = [expected[subject] ?? 'none', actual[subject] ?? 'none']
    return want === is || want === ANY ? [] : [{ subject, expected: want, actual: is }]
  })
}

/**
 * What a plan for these drives relied on: all that is known of them and of the members of their IOMMU groups,
 * what is on them, the pools it changes, and which machine it is.
 */
export function reliedOn(facts: HostFacts, bdfs: readonly string[], pools: readonly string[]): HostState {
  const groups = new Set(
    facts.drives.flatMap(({ bdf, iommuGroup }) => (bdfs.includes(bdf) ? [seen(iommuGroup)] : [])),
  )
  groups.delete(null)
  const inGroup = [...facts.drives, ...facts.functions].filter(({ iommuGroup }) =>
    groups.has(seen(iommuGroup)),
  )
  const near = new Set([...bdfs, ...inGroup.map(({ bdf }) => bdf)])
  const state = Object.entries(stateOf(facts)).filter(([subject]) => {
    const [first = ''] = subject.split(' ')
    return near.has(first) || pools.includes(subject.replace(/^hugepages /, ''))
  })
  const uses = facts.drives.filter(({ bdf }) => bdfs.includes(bdf)).map((drive) => useState(drive, facts))
  return Object.assign({ machine: text(facts.machineId) }, Object.fromEntries(state), ...uses)
}

/** Without processes, and without open files: those come and go, and are looked at again right before the unbind. */
function otherUser(use: Use): string[] {
  if (use.kind === 'foreign_mount') return [`mounted elsewhere at ${use.target}`]
  if (use.kind === 'export') return [`exported by ${use.by} ${use.name}`]
  return use.kind === 'mount_part' ? [`${use.option} of ${use.target}`] : []
}

function useState(drive: Drive, facts: HostFacts): HostState {
  const on = usesOf(drive, facts)
  const holders = on.flatMap((use) => (use.kind === 'holder' ? [use.what] : []))
  const data = on.flatMap((use) => {
    if (use.kind === 'signature') return use.types
    return use.kind === 'unreadable' ? ['unreadable'] : []
  })
  return {
    [`${drive.bdf} holders`]: holders.sort().join(', ') || 'none',
    [`${drive.bdf} others`]: on.flatMap(otherUser).sort().join(', ') || 'none',
    [`${drive.bdf} data`]: data.sort().join(', ') || 'none',
  }
}

import { placeName } from '../plan/place-name.ts'
import type { DevicePlan, HostPlan } from '../plan/plan.ts'
import type { Fact } from '../probe/fact.ts'
import type { Drive, HandOver } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import { blockLines } from './block-lines.ts'
import { factWord, identityWords, placeWords } from './drive-words.ts'
import { openPage, type Page, type View } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { reasonLines } from './reason-lines.ts'

/** One device of one host, with all that is known of it. */
export interface ExplainedDevice {
  /** The plan of its host; for a drive that no list names, of the host as if it were declared for SPDK. */
  plan: HostPlan
  device: DevicePlan
  /** What the hosts file says of it: `hosts.yaml:12:9`; null: no list names it. */
  declaredAt: string | null
  /** How it comes to be declared where no list has its address: a `match` selected it. */
  byMatch: boolean
}

/** Everything known about one device: who it is, who uses it, what blocks it, what would happen. */
export function renderDevice(explained: ExplainedDevice, view: View): string {
  const page = openPage(view)
  const { plan, device } = explained
  const lines = [
    `${page.paint.bold(device.bdf)} on ${printable(plan.name)} (${printable(plan.address)})`,
    '',
    ...(device.drive === null ? [] : driveLines(device, device.drive, page)),
    ...paragraph(declaredWords(explained), page),
    '',
    ...outcomeLines(explained, page),
  ]
  return `${lines.join('\n')}\n`
}

function driveLines(device: DevicePlan, drive: Drive, page: Page): string[] {
  const { record } = drive
  return [
    ...paragraph(identityWords(drive, 'shown'), page),
    ...paragraph(placeWords(drive, device.groupMates), page),
    ...paragraph(bindingWords(drive), page),
    ...paragraph(`PCI ids ${printable(drive.ids)}, subsystem ${printable(drive.subsystemIds)}`, page),
    ...(drive.controller.state === 'known'
      ? paragraph(
          `Controller ${printable(drive.controller.value.name)}, firmware ${printable(drive.controller.value.firmware)}, ${printable(drive.controller.value.state)}`,
          page,
        )
      : []),
    '',
    ...blockLines(device, drive, [], 'kernel', page),
    ...paragraph(recordWords(record), page),
    '',
  ]
}

function bindingWords({ driver, driverOverride }: Drive): string {
  return `Driver ${factWord(driver, 'none')}, driver_override ${factWord(driverOverride, 'not set')}`
}

function recordWords(record: Fact<HandOver>): string {
  if (record.state === 'absent') return 'The host has no record of a hand-over.'
  if (record.state === 'unreadable')
    return `The host's record of its hand-over cannot be read: ${printable(record.why)}.`
  const { run, at, from, mounts, swaps, drive } = record.value
  const owed = [
    ...mounts.map((mount) => `${mount.target} (${mount.fstype}, ${placeName({ bdf: drive.bdf, ...mount })})`),
    ...swaps.map((swap) => `swap (${placeName({ bdf: drive.bdf, ...swap })})`),
  ]
  const back = owed.length === 0 ? 'Nothing was on it.' : `On the way back: ${owed.join(', ')}.`
  return printable(`Handed over by run ${run} at ${at}, from ${from ?? 'no driver'}. ${back}`)
}

function declaredWords({ plan, device, declaredAt, byMatch }: ExplainedDevice): string {
  if (declaredAt === null && !byMatch) return 'No list of the hosts file names it: it is never touched.'
  const where = declaredAt === null ? 'selected by a `match`' : `at ${declaredAt}`
  const target = device.targetDriver === null ? '' : `, driver ${device.targetDriver}`
  return printable(`Declared for ${device.declared} on ${plan.name}, ${where}${target}.`)
}

function outcomeLines(explained: ExplainedDevice, page: Page): string[] {
  const { plan, device, declaredAt, byMatch } = explained
  const asIf = declaredAt === null && !byMatch
  const title = asIf ? 'If it were declared under `devices.spdk`' : 'What `apply` would do'
  return [page.paint.bold(title), '', ...fateLines(plan, device, page)]
}

function fateLines(plan: HostPlan, device: DevicePlan, page: Page): string[] {
  const others = plan.devices.filter(({ bdf }) => bdf !== device.bdf)
  const stands = [
    ...plan.reasons.filter(isBlock).map(({ code }) => code),
    ...others.flatMap(({ bdf, reasons }) => reasons.filter(isBlock).map(({ code }) => `${code} on ${bdf}`)),
  ]
  const own = device.reasons.flatMap((reason) => [...reasonLines(reason, page, 2), ''])
  if (device.reasons.some(isBlock)) return ['  Nothing: it is blocked.', '', ...own].slice(0, -1)
  if (stands.length > 0) {
    const codes = [...new Set(stands)].join(', ')
    return [
      ...paragraph(
        `Nothing now: nothing stands against this device, but its host is blocked (${codes}).`,
        page,
      ),
      ...own,
    ]
  }
  const steps = plan.steps.filter(({ action }) => 'bdf' in action && action.bdf === device.bdf)
  const done = steps.length === 0 ? ['  Nothing: it is as declared.'] : stepLines(steps, page)
  return own.length === 0 ? done : [...done, '', ...own.slice(0, -1)]
}

const isBlock = ({ severity }: Reason) => severity === 'block'

function stepLines(steps: HostPlan['steps'], { width }: Page): string[] {
  const digits = Math.max(...steps.map(({ id }) => String(id).length))
  return steps.flatMap(({ id, summary }) =>
    wrap(printable(summary), { width, indent: 2, lead: `${String(id).padStart(digits)}  ` }),
  )
}

function paragraph(text: string, { width }: Page): string[] {
  return wrap(text, { width, indent: 2 })
}

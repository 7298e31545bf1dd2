import { placeName } from '../plan/place-name.ts'
import type { DevicePlan } from '../plan/plan.ts'
import { drivesOf, type Step, type StepAction } from '../plan/step.ts'
import { layerWords } from '../plan/steps/close.ts'
import { blockLines } from './block-lines.ts'
import { driverWord, identityWords, placeWords } from './drive-words.ts'
import type { Page } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { reasonLines } from './reason-lines.ts'
import type { BlockNames } from './use-lines.ts'

/** How much of a drive is the same wherever this is shown. */
export interface DeviceDetail {
  serials: 'shown' | 'many'
  names: BlockNames
}

/** A drive with all that a careful person would look up before it goes; nothing for one that stays as it is. */
export function deviceLines(device: DevicePlan, steps: Step[], page: Page, detail: DeviceDetail): string[] {
  const own = steps.filter(({ action }) => drivesOf(action).includes(device.bdf))
  if (own.length === 0 && device.reasons.length === 0 && device.action === 'none') return []
  const { drive } = device
  const reasons = device.reasons.flatMap((reason) => ['', ...reasonLines(reason, page, 6)])
  if (drive === null) return [headLine(device, page), ...reasons]
  return [
    headLine(device, page),
    ...[identityWords(drive, detail.serials), placeWords(drive, device.groupMates)].flatMap((text) =>
      wrap(text, { width: page.width, indent: 6 }),
    ),
    ...blockLines(device, drive, own, detail.names, page),
    ...restoredLines(own, page),
    ...reasons,
  ]
}

/** `~ 0000:5e:00.0  nvme → vfio-pci`. */
function headLine({ bdf, drive, targetDriver, action }: DevicePlan, { paint }: Page): string {
  const name = paint.bold(bdf)
  const blocked = action === 'blocked' ? `  ${paint.red('blocked')}` : ''
  const mark = blocked === '' ? '~' : paint.red('!')
  if (drive === null) return `  ${mark} ${name}${blocked}`
  const now = driverWord(drive)
  if (targetDriver === null || now === targetDriver)
    return `  ${blocked === '' ? ' ' : mark} ${name}  ${now}${blocked}`
  return `  ${blocked === '' ? paint.yellow('~') : mark} ${name}  ${now} → ${targetDriver}${blocked}`
}

/** What comes back when a drive is given back to the kernel. */
function restoredLines(steps: Step[], { paint, width }: Page): string[] {
  return steps.flatMap(({ action }) => {
    const words = restoredWords(action)
    if (words === null) return []
    return wrap(words, { width, indent: 6 }).map((line, at) =>
      at === 0 ? `    ${paint.green('+')} ${line.trimStart()}` : line,
    )
  })
}

function restoredWords(action: StepAction): string | null {
  switch (action.kind) {
    case 'open':
      return `${printable(layerWords(action.layer))} open again`
    case 'mount':
      return `mounted at ${printable(action.target)} again (${printable(action.fstype)}, ${printable(placeName(action))})`
    case 'swapon':
      return `swap again, priority ${action.priority} (${printable(placeName(action))})`
    default:
      return null
  }
}

import type { HostPlan } from '../plan/plan.ts'
import type { Step } from '../plan/step.ts'
import { type DeviceDetail, deviceLines } from './device-lines.ts'
import { hostChangeLines } from './host-changes.ts'
import type { Page } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { reasonLines } from './reason-lines.ts'

/** A host's plan without the host's name: its reasons, what changes, its drives and the steps, a blank line between. */
export function planBody(plan: HostPlan, page: Page, detail: DeviceDetail): string[] {
  const blocks = [
    ...plan.reasons.map((reason) => reasonLines(reason, page, 4)),
    hostChangeLines(plan, page),
    ...plan.devices.map((device) => deviceLines(device, plan.steps, page, detail)),
    stepLines(plan.steps, page),
  ]
  return blocks.filter((block) => block.length > 0).flatMap((block) => ['', ...block])
}

function stepLines(steps: Step[], { width, paint }: Page): string[] {
  if (steps.length === 0) return []
  const digits = String(steps.length).length
  return [
    `    ${paint.bold('Steps')}`,
    ...steps.flatMap(({ id, summary }) =>
      wrap(printable(summary), { width, indent: 4, lead: `${String(id).padStart(digits)}  ` }),
    ),
  ]
}

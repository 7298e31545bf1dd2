import type { HostPlan } from './plan.ts'
import type { Step } from './step.ts'
import { stepOf, undoOf } from './steps/index.ts'

/** What taking back these steps of a plan does, in the order in which it happens, numbered from 1. */
export function stepsBack(plan: Pick<HostPlan, 'steps'>, ids: readonly number[]): Step[] {
  const actions = plan.steps
    .filter(({ id }) => ids.includes(id))
    .toReversed()
    .flatMap(({ action }) => undoOf(action))
  return actions.map((action, index) => stepOf(index + 1, action))
}

/** Drives that these steps handed over to user space: what was written to them since, no step takes back. */
export function handedOver(plan: Pick<HostPlan, 'steps'>, ids: readonly number[]): string[] {
  return plan.steps.flatMap(({ id, action }) =>
    ids.includes(id) && action.kind === 'bind' && action.driver !== 'nvme' ? [action.bdf] : [],
  )
}

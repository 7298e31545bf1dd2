import { ProvisionError } from '../errors.ts'
import { poolName } from '../plan/hugepage-name.ts'
import type { HostPlan } from '../plan/plan.ts'
import { differences, reliedOn } from '../plan/state.ts'
import type { HostFacts } from '../probe/facts.ts'

/** Whether the host is still what its plan relied on; if not, an error `PLAN_STALE` that names every fact that changed. */
export function staleness(plan: HostPlan, facts: HostFacts): ProvisionError | null {
  const pools = plan.steps.flatMap(({ action }) => (action.kind === 'hugepages' ? [poolName(action)] : []))
  const now = reliedOn(
    facts,
    plan.devices.map(({ bdf }) => bdf),
    pools,
  )
  const changed = differences(plan.reliedOn, now)
  if (changed.length === 0) return null
  const list = changed
    .map(({ subject, expected, actual }) => `${subject}: was ${expected}, is ${actual}`)
    .join('; ')
  return new ProvisionError('PLAN_STALE', `${plan.name} is not as it was when the plan was made: ${list}`, {
    host: plan.name,
    hint: 'Plan again, and review what has changed.',
  })
}

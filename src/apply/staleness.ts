import type { HostDeclaration } from '../config/declaration.ts'
import { ProvisionError } from '../errors.ts'
import { poolName } from '../plan/hugepage-name.ts'
import type { PlanStamp } from '../plan/moves.ts'
import type { HostPlan } from '../plan/plan.ts'
import { planHost } from '../plan/plan-host.ts'
import { differences, reliedOn } from '../plan/state.ts'
import type { HostFacts } from '../probe/facts.ts'

/**
 * Whether the host is still what its saved plan relied on; if not, an error `PLAN_STALE` that names every fact that
 * changed. The planner is asked again, with every guard, and must come to the same steps.
 */
export function staleness(
  plan: HostPlan,
  declaration: HostDeclaration,
  facts: HostFacts,
  stamp: PlanStamp,
): ProvisionError | null {
  const now = planHost({ declaration, facts, stamp })
  const pools = plan.steps.flatMap(({ action }) => (action.kind === 'hugepages' ? [poolName(action)] : []))
  const bdfs = plan.devices.map(({ bdf }) => bdf)
  const changed = differences(plan.reliedOn, reliedOn(facts, bdfs, pools)).map(
    ({ subject, expected, actual }) => `${subject}: was ${expected}, is ${actual}`,
  )
  if (changed.length === 0 && now.outcome === plan.outcome && stepsOf(now) === stepsOf(plan)) return null
  const other =
    now.outcome === plan.outcome
      ? 'it needs other steps now'
      : `it was ${plan.outcome}, and is ${now.outcome} now`
  const list = changed.join('; ') || other
  return new ProvisionError('PLAN_STALE', `${plan.name} is not as it was when the plan was made: ${list}`, {
    host: plan.name,
    hint: 'Plan again, and review what has changed.',
  })
}

/**
 * How a total of hugepages is shared out follows the free memory of the moment, and the kernel deals out names and
 * device numbers anew at each boot and bind: nothing is recognised by them. All else must be the same.
 */
function stepsOf({ steps }: HostPlan): string {
  const actions = steps.flatMap(({ action }) => (action.kind === 'hugepages' ? [] : [action]))
  return JSON.stringify(actions, (key, value: unknown) => (isKernelName(key, value) ? '' : value))
}

function isKernelName(key: string, value: unknown): boolean {
  if (key === 'majmin') return true
  return key === 'name' && typeof value === 'string' && /^nvme\d+(n\d+(p\d+)?)?$/.test(value)
}

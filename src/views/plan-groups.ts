import type { PlannedHost } from '../events/events.ts'
import type { HostPlan } from '../plan/plan.ts'
import type { DeviceDetail } from './device-lines.ts'
import { groupBy, troubleKey } from './group.ts'
import type { Page } from './layout/page.ts'
import { planBody } from './plan-body.ts'

type Unreachable = Extract<PlannedHost, { kind: 'unreachable' }>

/** Hosts of which the same is to be said. `body` is that, without the names. */
export type PlanGroup =
  | {
      kind: 'planned'
      outcome: HostPlan['outcome']
      plans: [HostPlan, ...HostPlan[]]
      serials: DeviceDetail['serials']
      body: string[]
    }
  | { kind: 'unreachable'; hosts: [Unreachable, ...Unreachable[]] }

/**
 * Groups hosts whose plans read the same, in the order in which they were given. Two things are allowed to differ,
 * since they do on identical machines: the serials of the drives, and the kernel's names of block devices. Where they
 * do, the text of the group does without them. A reason that names either keeps its host apart.
 */
export function groupPlans(hosts: readonly PlannedHost[], page: Page): PlanGroup[] {
  const plans = hosts.flatMap((host) => (host.kind === 'planned' ? [host.plan] : []))
  const unreachable = hosts.filter((host) => host.kind === 'unreachable')
  const groups = groupBy(plans, (plan) => [plan.outcome, ...planBody(plan, page, details.alike)].join('\n'))
  return [
    ...groups.map((group) => planGroup(group, page)),
    ...groupBy(unreachable, troubleKey).map((group): PlanGroup => ({ kind: 'unreachable', hosts: group })),
  ]
}

/** How much can be said of all hosts of a group at once, from all to what is left. */
const details = {
  one: { serials: 'shown', names: 'kernel' },
  same: { serials: 'many', names: 'kernel' },
  alike: { serials: 'many', names: 'place' },
} satisfies Record<string, DeviceDetail>

function planGroup(plans: [HostPlan, ...HostPlan[]], page: Page): PlanGroup {
  const [first, ...others] = plans
  const detail =
    [details.one, details.same].find((one) => {
      const body = planBody(first, page, one).join('\n')
      return others.every((plan) => planBody(plan, page, one).join('\n') === body)
    }) ?? details.alike
  const body = planBody(first, page, detail)
  return { kind: 'planned', outcome: first.outcome, plans, serials: detail.serials, body }
}

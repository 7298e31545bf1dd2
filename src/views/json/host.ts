import type { ProvisionError } from '../../errors.ts'
import type { PlannedHost } from '../../events/events.ts'
import { pageSizeName } from '../../plan/hugepage-name.ts'
import type { HostPlan } from '../../plan/plan.ts'
import { deviceJson } from './device.ts'
import type { JsonOutcome } from './schema.ts'

/** What every document says of a host that has a plan. */
export function plannedHostJson(plan: HostPlan, outcome: JsonOutcome = plan.outcome) {
  return {
    name: plan.name,
    address: plan.address,
    outcome,
    error: null,
    devices: plan.devices.map(deviceJson),
    hugepages: plan.hugepages.map(({ sizeKiB, node, current, declared }) => ({
      size: pageSizeName(sizeKiB),
      node,
      current,
      declared,
    })),
    steps: plan.steps.map(({ id, kind, target, summary }) => ({ id, kind, target, summary })),
    reasons: plan.reasons,
  }
}

/** What every document says of a host that has none. */
export function unreachableHostJson({ name, address, error }: Extract<PlannedHost, { kind: 'unreachable' }>) {
  return {
    name,
    address,
    outcome: 'unreachable' as const,
    error: errorJson(error),
    devices: [],
    hugepages: [],
    steps: [],
    reasons: [],
  }
}

export function errorJson({ code, message, hint }: ProvisionError) {
  return { code, message, hint: hint ?? null }
}

/** How many hosts ended how, of the outcomes asked for. */
export function summaryJson<K extends JsonOutcome>(
  hosts: { outcome: JsonOutcome }[],
  outcomes: readonly K[],
): { hosts: number } & Record<K, number> {
  const counts = Object.fromEntries(
    outcomes.map((outcome) => [outcome, hosts.filter((host) => host.outcome === outcome).length]),
  ) as Record<K, number>
  return { hosts: hosts.length, ...counts }
}

export const planOutcomes = ['in_sync', 'changes', 'blocked', 'unreachable'] as const

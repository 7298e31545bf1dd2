import type { Drive } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import type { PoolTarget } from './pools.ts'
import type { Step } from './step.ts'
import type { Use } from './uses.ts'

/** What takes one host from its facts to its declared state, or why it cannot be taken there. */
export interface HostPlan {
  name: string
  address: string
  /** `blocked`: a reason of severity block stands somewhere; there are no steps then. */
  outcome: 'in_sync' | 'changes' | 'blocked'
  /** Declared drives, sorted by BDF. */
  devices: DevicePlan[]
  hugepages: PoolTarget[]
  steps: Step[]
  /** Reasons that concern the host; those of a drive are with the drive. */
  reasons: Reason[]
  /** What was seen and must still be so when the steps run: subject → state. See state.ts. */
  reliedOn: Record<string, string>
}

export interface DevicePlan {
  bdf: string
  declared: 'spdk' | 'kernel'
  /** Facts before; null when no NVMe drive is at the address. */
  drive: Drive | null
  /** Null when there is no drive. */
  targetDriver: string | null
  action: 'none' | 'bind' | 'blocked'
  uses: Use[]
  /** Other functions in its IOMMU group, with the driver they are on (null: none). */
  groupMates: { bdf: string; driver: string | null }[]
  reasons: Reason[]
}

/** Every reason of a host, its own first. */
export function allReasons(plan: Pick<HostPlan, 'reasons' | 'devices'>): Reason[] {
  return [...plan.reasons, ...plan.devices.flatMap(({ reasons }) => reasons)]
}

import { poolName } from '../plan/hugepage-name.ts'
import { placeName } from '../plan/place-name.ts'
import type { DevicePlan, HostPlan } from '../plan/plan.ts'
import { driverWord } from './drive-words.ts'

/** One difference between what is declared and what is there. Raw text: it may hold what a host said. */
export interface Drift {
  /** `0000:5e:00.0 driver`, `hugepages node0/2M`. */
  subject: string
  declared: string
  actual: string
}

/** What of a host is not as declared; empty when it is, whatever reasons stand against changing it. */
export function driftOf(plan: HostPlan): Drift[] {
  const pools = plan.hugepages.filter(({ current, declared }) => current !== declared)
  const found = [
    ...plan.devices.flatMap(driverDrift),
    ...pools.map((pool) => ({
      subject: `hugepages ${poolName(pool)}`,
      declared: String(pool.declared),
      actual: String(pool.current),
    })),
    ...restDrift(plan),
  ]
  // What only tidies up after a hand-over is a difference too, though no drive is where it should not be.
  return found.length > 0
    ? found
    : plan.steps.map(({ target, summary }) => ({ subject: target, declared: summary, actual: 'not done' }))
}

function driverDrift({ bdf, drive, targetDriver, declared }: DevicePlan): Drift[] {
  if (drive === null || targetDriver === null) {
    const whose = declared === 'spdk' ? 'SPDK' : 'the kernel'
    return [{ subject: bdf, declared: `an NVMe drive for ${whose}`, actual: 'not there' }]
  }
  const actual = driverWord(drive)
  return actual === targetDriver ? [] : [{ subject: `${bdf} driver`, declared: targetDriver, actual }]
}

function restDrift({ steps }: HostPlan): Drift[] {
  return steps.flatMap(({ action }): Drift[] => {
    switch (action.kind) {
      case 'mount':
        return [
          { subject: placeName(action), declared: `mounted at ${action.target}`, actual: 'not mounted' },
        ]
      case 'open':
        return [{ subject: action.layer.name, declared: 'open', actual: 'closed' }]
      case 'swapon':
        return [{ subject: placeName(action), declared: 'swap in use', actual: 'not in use' }]
      case 'owner':
        return [{ subject: `/dev/vfio/${action.group} owner`, declared: action.to, actual: action.from }]
      default:
        return []
    }
  })
}

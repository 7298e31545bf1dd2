import { pageSizeName } from '../../plan/hugepage-name.ts'
import type { HostPlan } from '../../plan/plan.ts'
import { groupMates } from '../../plan/plan-host.ts'
import { usesOf } from '../../plan/uses.ts'
import { seen } from '../../probe/fact.ts'
import type { Drive, HostFacts } from '../../probe/facts.ts'
import { poolRows } from '../status-pools.ts'
import { deviceJson } from './device.ts'
import { plannedHostJson } from './host.ts'
import type { JsonDevice } from './schema.ts'

/** A probed host: all its drives, declared or not, all its pools, and what it runs. */
export function statusHostJson(plan: HostPlan, facts: HostFacts) {
  const declared = new Set(plan.devices.map(({ bdf }) => bdf))
  const others = facts.drives.filter(({ bdf }) => !declared.has(bdf))
  const devices = [...plan.devices.map(deviceJson), ...others.map((drive) => undeclaredJson(drive, facts))]
  return {
    ...plannedHostJson(plan),
    devices: devices.sort((a, b) => (a.bdf < b.bdf ? -1 : 1)),
    hugepages: poolRows(plan, facts).map(({ sizeKiB, ...pool }) => ({
      size: pageSizeName(sizeKiB),
      ...pool,
    })),
    hostname: seen(facts.hostname),
    kernel: seen(facts.kernelRelease),
    machine_id: seen(facts.machineId),
    boot_id: seen(facts.bootId),
    iommu_units: facts.iommu.units,
  }
}

/** The fields of a status of which nothing was seen. */
export const nothingSeen = { hostname: null, kernel: null, machine_id: null, boot_id: null, iommu_units: [] }

function undeclaredJson(drive: Drive, facts: HostFacts): JsonDevice {
  return deviceJson({
    bdf: drive.bdf,
    declared: null,
    drive,
    targetDriver: null,
    action: 'none',
    uses: usesOf(drive, facts),
    groupMates: groupMates(drive, facts),
    reasons: [],
  })
}

import { seen } from '../../probe/fact.ts'
import { reason } from '../../reasons/registry.ts'
import type { DriveGuard } from '../drive-case.ts'
import { modulesOf, userSpaceDrivers } from '../driver-choice.ts'

/** The target driver must exist and be able to take the drive on this host. */
export const bindingGuard: DriveGuard = ({ drive, facts, want, current, target }) => {
  const { bdf } = drive
  if (current !== null && current !== 'nvme' && !userSpaceDrivers.includes(current))
    return [reason('DRIVER_FOREIGN', { bdf, driver: current })]
  if (current === target) return []

  const reasons = []
  const kernel = seen(facts.kernelRelease) ?? 'unknown'
  for (const module of modulesOf(target)) {
    const state = facts.modules[module]
    if (state.state === 'unreadable')
      reasons.push(reason('FACT_UNREADABLE', { what: `whether the module ${module} exists`, why: state.why }))
    else if (state.state === 'absent' || state.value === 'missing')
      reasons.push(reason('DRIVER_MISSING', { driver: module, kernel }))
  }
  if (want === 'kernel') return reasons

  if (target === 'vfio-pci' && drive.iommuGroup.state === 'absent') reasons.push(reason('NO_IOMMU', { bdf }))
  const group = seen(drive.iommuGroup)
  // Only an identity domain lets a driver that maps nothing reach memory.
  if (target !== 'vfio-pci' && group !== null && facts.iommu.groupTypes[String(group)] !== 'identity')
    reasons.push(
      reason('UIO_UNDER_IOMMU', {
        bdf,
        driver: target,
        units: facts.iommu.units.join(', ') || `group ${group}`,
      }),
    )
  return reasons
}

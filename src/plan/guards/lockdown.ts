import { reason } from '../../reasons/registry.ts'
import type { DriveGuard } from '../drive-case.ts'

/** Through uio, SPDK maps registers by way of sysfs, which a locked-down kernel forbids; through vfio-pci it does not. */
export const lockdownGuard: DriveGuard = ({ drive: { bdf }, facts: { lockdown }, want, current, target }) => {
  if (want !== 'spdk' || target === 'vfio-pci' || current === target) return []
  if (lockdown.state === 'unreadable')
    return [
      reason('FACT_UNREADABLE', {
        what: 'whether the kernel is locked down (/sys/kernel/security/lockdown)',
        why: lockdown.why,
      }),
    ]
  return lockdown.state === 'absent' || lockdown.value === 'none'
    ? []
    : [reason('LOCKDOWN', { bdf, driver: target, mode: lockdown.value })]
}

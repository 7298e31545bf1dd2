import { reason } from '../../reasons/registry.ts'
import { type DriveGuard, leavesKernel } from '../drive-case.ts'

/**
 * A mount in another mount namespace blocks, also with `in_use: release`: nothing here can unmount it. One that goes
 * by itself when ours is unmounted is not among the uses.
 */
export const foreignMountsGuard: DriveGuard = (one) => {
  if (!leavesKernel(one)) return []
  const { bdf } = one.drive
  const { otherMounts } = one.facts
  if (otherMounts.state === 'unreadable')
    return [
      reason('FACT_UNREADABLE', { what: 'what is mounted in other mount namespaces', why: otherMounts.why }),
    ]
  return one.uses.flatMap((use) => {
    if (use.kind !== 'foreign_mount') return []
    const { device, target, pid, command, more } = use
    return [reason('DEVICE_MOUNTED_ELSEWHERE', { bdf, device, target, pid, command, more })]
  })
}

import { reason } from '../../reasons/registry.ts'
import { type DriveGuard, leavesKernel } from '../drive-case.ts'

/** What is stacked on the drive blocks, also with `in_use: release`: taking stacks down is not offered yet. */
export const holdersGuard: DriveGuard = (drive) => {
  if (!leavesKernel(drive)) return []
  const { bdf } = drive.drive
  return drive.uses.flatMap((use) => {
    if (use.kind === 'holder')
      return [reason('DEVICE_HELD', { bdf, device: use.device, holder: use.holder, what: use.what })]
    return use.kind === 'btrfs' && !mountedAlone(drive, use.device)
      ? [reason('DEVICE_BTRFS_MEMBER', { bdf, device: use.device })]
      : []
  })
}

/** A btrfs on this drive that `in_use: release` may unmount: it has a mount of its own, and no other member is known. */
function mountedAlone({ facts, uses, declaration }: Parameters<DriveGuard>[0], device: string): boolean {
  if (declaration.inUse !== 'release') return false
  const members = facts.btrfsMembers.state === 'known' ? facts.btrfsMembers.value : []
  return members.length === 1 && uses.some((use) => use.kind === 'mount' && use.device === device)
}

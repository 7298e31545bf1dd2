import type { Reason } from '../../reasons/reason.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveCase, type DriveGuard, leavesKernel } from '../drive-case.ts'
import { type Layer, layersOver } from '../layers.ts'

/**
 * What is stacked on the drive blocks. With `in_use: release` only what cannot be closed and opened again for sure
 * does, and what would be torn apart because it also lies on something that stays.
 */
export const holdersGuard: DriveGuard = (drive) => {
  if (!leavesKernel(drive)) return []
  const { bdf } = drive.drive
  const layers = new Map(layersOver(drive.facts, bdf).map((layer) => [layer.device.name, layer]))
  return drive.uses.flatMap((use) => {
    if (use.kind === 'holder') {
      const held = reason('DEVICE_HELD', { bdf, device: use.device, holder: use.holder, what: use.what })
      const layer = layers.get(use.holder)
      return layer === undefined || drive.declaration.inUse === 'refuse'
        ? [held]
        : staying(drive, layer, held)
    }
    return use.kind === 'btrfs' && !mountedAlone(drive, use.device)
      ? [reason('DEVICE_BTRFS_MEMBER', { bdf, device: use.device })]
      : []
  })
}

/** Why a layer cannot be closed; nothing where it can. */
function staying(one: DriveCase, layer: Layer, held: Reason): Reason[] {
  const { what, foreign, way, device } = layer
  const { bdf } = one.drive
  // Under the running system nothing is to be closed, by nobody.
  if (one.system.uses.some((use) => use.bdf === bdf)) return [held]
  const others = layer.drives.filter((drive) => (one.destined.get(drive) ?? 'nvme') === 'nvme')
  if (others.length + foreign.length > 0)
    return [reason('STACK_SHARED', { bdf, what, device: device.name, others: [...others, ...foreign] })]
  if (way.kind === 'noKey') return [reason('LUKS_NO_KEY', { bdf, name: way.name, why: way.why })]
  if (way.kind === 'sure') return []
  // What is no stack of ours at all (loop, bcache, multipath) is told as what it is.
  return /^(LVM|RAID|LUKS)/.test(what)
    ? [reason('STACK_UNSUPPORTED', { bdf, what, device: device.name, why: way.why })]
    : [held]
}

/** A btrfs on this drive that `in_use: release` may unmount: it has a mount of its own, and no other member is known. */
function mountedAlone({ facts, uses, declaration }: DriveCase, device: string): boolean {
  if (declaration.inUse !== 'release') return false
  const members = facts.btrfsMembers.state === 'known' ? facts.btrfsMembers.value : []
  return (
    members.length === 1 &&
    uses.some((use) => use.kind === 'mount' && use.device === device && use.mount.fstype === 'btrfs')
  )
}

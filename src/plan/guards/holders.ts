import type { Mount } from '../../probe/facts.ts'
import type { Reason } from '../../reasons/reason.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveCase, type DriveGuard, leavesKernel } from '../drive-case.ts'
import { type Layer, layersOver } from '../layers.ts'
import { leavingMounts } from './mounts.ts'

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
  if (way.kind === 'sure') {
    const why = way.layer.kind === 'luks' ? keyGoes(one, way.layer.keyFile) : null
    return why === null ? [] : [reason('LUKS_NO_KEY', { bdf, name: way.layer.name, why })]
  }
  // What is no stack of ours at all (loop, bcache, multipath) is told as what it is.
  return /^(LVM|RAID|LUKS)/.test(what)
    ? [reason('STACK_UNSUPPORTED', { bdf, what, device: device.name, why: way.why })]
    : [held]
}

/** Why a key file is not there when it is needed: it lies on something that this plan unmounts first. */
function keyGoes(one: DriveCase, keyFile: string): string | null {
  const mounts = one.facts.mounts.state === 'known' ? one.facts.mounts.value : []
  const over = mounts.filter(({ target }) => keyFile.startsWith(target === '/' ? '/' : `${target}/`))
  // The deepest has the file; of several at one place the last.
  const holding = over.reduce<Mount | undefined>(
    (best, mount) => (best === undefined || mount.target.length >= best.target.length ? mount : best),
    undefined,
  )
  return holding !== undefined && leavingMounts(one).has(holding)
    ? `its key file ${keyFile} lies on ${holding.target}, which must be unmounted too`
    : null
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

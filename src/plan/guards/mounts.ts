import { seen } from '../../probe/fact.ts'
import type { Mount } from '../../probe/facts.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveCase, type DriveGuard, leavesKernel } from '../drive-case.ts'
import { usesOf } from '../uses.ts'

/** A mounted filesystem blocks; with `in_use: release` only what cannot be unmounted in order does. */
export const mountsGuard: DriveGuard = (one) => {
  if (!leavesKernel(one)) return []
  const { bdf } = one.drive
  const systemic = new Set(one.system.uses.filter((use) => use.bdf === bdf).map(({ what }) => what))
  return one.uses.flatMap((use) => {
    if (use.kind !== 'mount' || systemic.has(use.mount.target)) return []
    const { target, fstype } = use.mount
    if (one.declaration.inUse === 'refuse')
      return [reason('DEVICE_MOUNTED', { bdf, device: use.through?.device ?? use.device, target, fstype })]
    return strangersOn(one, use).map(({ target: nested, source }) =>
      reason('MOUNT_NESTED', { bdf, target, nested, source }),
    )
  })
}

/** Mounts inside the target, or over it, that this plan does not take down: they would keep it busy. */
function strangersOn(one: DriveCase, { line, mount: { target } }: { line: number; mount: Mount }): Mount[] {
  const ours = leavingMounts(one)
  const below = target === '/' ? '/' : `${target}/`
  return (seen(one.facts.mounts) ?? []).filter((mount, at) => {
    const upon = mount.target.startsWith(below) || (mount.target === target && at > line)
    return upon && !ours.has(mount)
  })
}

/** Mounts of all drives that are declared for SPDK: they are taken down together, the last one first. */
export function leavingMounts({ facts, destined }: DriveCase): Set<Mount> {
  const leaving = facts.drives.filter(({ bdf }) => (destined.get(bdf) ?? 'nvme') !== 'nvme')
  const uses = leaving.flatMap((drive) => usesOf(drive, facts))
  return new Set(uses.flatMap((use) => (use.kind === 'mount' ? [use.mount] : [])))
}

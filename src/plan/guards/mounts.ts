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
  const targets = new Set(one.uses.flatMap((use) => (use.kind === 'mount' ? [use.mount.target] : [])))
  const strangers = strangersIn(one, targets)
  return one.uses.flatMap((use) => {
    if (use.kind !== 'mount' || systemic.has(use.mount.target)) return []
    const { target, fstype } = use.mount
    if (one.declaration.inUse === 'refuse')
      return [reason('DEVICE_MOUNTED', { bdf, device: use.through?.device ?? use.device, target, fstype })]
    return (strangers.get(target) ?? [])
      .filter(({ line, mount }) => mount.target !== target || line > use.line)
      .slice(0, MOST_TOLD)
      .map(({ mount: { target: nested, source } }) => reason('MOUNT_NESTED', { bdf, target, nested, source }))
  })
}

/** Enough to act upon: a lying host may mount ten thousand things inside each other. */
const MOST_TOLD = 20

/**
 * By mount point of `targets`: mounts inside it, or over it, that this plan does not take down and that would keep it
 * busy. Each mount is gone through once, with the folders above it.
 */
function strangersIn(one: DriveCase, targets: ReadonlySet<string>): ReadonlyMap<string, Stranger[]> {
  const ours = leavingMounts(one)
  const found = new Map<string, Stranger[]>()
  for (const [line, mount] of (seen(one.facts.mounts) ?? []).entries()) {
    if (ours.has(mount)) continue
    for (const target of withParents(mount.target)) {
      if (!targets.has(target)) continue
      const others = found.get(target)
      if (others === undefined) found.set(target, [{ line, mount }])
      else others.push({ line, mount })
    }
  }
  return found
}

interface Stranger {
  line: number
  mount: Mount
}

/** `/a/b`, `/a`, `/`. */
function withParents(path: string): string[] {
  const all = [path]
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) all.push(path.slice(0, at))
  return path === '/' ? all : [...all, '/']
}

/** Mounts of all drives that are declared for SPDK: they are taken down together, the last one first. */
export function leavingMounts({ facts, destined }: DriveCase): Set<Mount> {
  const leaving = facts.drives.filter(({ bdf }) => (destined.get(bdf) ?? 'nvme') !== 'nvme')
  const uses = leaving.flatMap((drive) => usesOf(drive, facts))
  return new Set(uses.flatMap((use) => (use.kind === 'mount' ? [use.mount] : [])))
}

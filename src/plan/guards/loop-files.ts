import { reason } from '../../reasons/registry.ts'
import { type DriveGuard, leavesKernel } from '../drive-case.ts'

/** A file under a loop device keeps its filesystem from being unmounted. Without `release` the mount itself blocks. */
export const loopFilesGuard: DriveGuard = (one) => {
  if (!leavesKernel(one) || one.declaration.inUse !== 'release') return []
  const { bdf } = one.drive
  const targets = one.uses.flatMap((use) => (use.kind === 'mount' ? [use.mount.target] : []))
  return Object.entries(one.facts.loopFiles).flatMap(([loop, path]) => {
    const target = targets.find((mounted) => path.startsWith(mounted === '/' ? '/' : `${mounted}/`))
    return target === undefined ? [] : [reason('LOOP_FILE', { bdf, path, loop, target })]
  })
}

import { seen } from '../../probe/fact.ts'
import type { Reason } from '../../reasons/reason.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveCase, type DriveGuard, leavesKernel } from '../drive-case.ts'
import { stackOf } from '../stack.ts'

/** Swap in use blocks, unless it is a partition that may be taken down first. */
export const swapGuard: DriveGuard = (one) => {
  if (!leavesKernel(one)) return []
  return one.declaration.inUse === 'release'
    ? [...swapFiles(one), ...untracedSwap(one)]
    : [...swapSpace(one), ...untracedSwap(one)]
}

function swapSpace({ drive: { bdf }, uses }: DriveCase): Reason[] {
  return uses.flatMap((use) =>
    use.kind === 'swap' ? [reason('DEVICE_SWAP', { bdf, device: use.through?.device ?? use.device })] : [],
  )
}

/** A file in use as swap keeps its filesystem from being unmounted. Without `release` the mount itself blocks. */
function swapFiles({ drive: { bdf }, uses, facts }: DriveCase): Reason[] {
  const targets = uses.flatMap((use) => (use.kind === 'mount' ? [use.mount.target] : []))
  return (seen(facts.swaps) ?? []).flatMap(({ type, path }) => {
    const target = targets.find((mounted) => path.startsWith(mounted === '/' ? '/' : `${mounted}/`))
    return type === 'file' && target !== undefined ? [reason('SWAP_FILE', { bdf, path, target })] : []
  })
}

/** Swap on a device that was not found may be swap on this drive. */
function untracedSwap({ facts }: DriveCase): Reason[] {
  const stack = stackOf(facts)
  return (seen(facts.swaps) ?? []).flatMap(({ type, path, majmin }) =>
    type === 'file' || stack.knows(majmin ?? path.replace(/^\/dev\//, ''))
      ? []
      : [
          reason('FACT_UNREADABLE', {
            what: `the device under the swap space ${path}`,
            why: 'it was not found',
          }),
        ],
  )
}

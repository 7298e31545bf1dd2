import { reason } from '../../reasons/registry.ts'
import { type DriveGuard, leavesKernel } from '../drive-case.ts'
import { allParts } from '../mount-parts.ts'
import { stackOf } from '../stack.ts'

/** The log or realtime device of a mounted filesystem: no mount of the drive itself shows it. */
export const mountPartsGuard: DriveGuard = (one) => {
  if (!leavesKernel(one)) return []
  const { bdf } = one.drive
  const stack = stackOf(one.facts)
  // One that leads to no device that is known may be on this drive.
  const untraced = allParts(one.facts).filter(({ node }) => !stack.knows(node))
  return [
    ...untraced.map(({ option, path, mount }) =>
      reason('FACT_UNREADABLE', {
        what: `the device ${path}, which is the ${option} of ${mount.target},`,
        why: 'it was not found',
      }),
    ),
    ...one.uses.flatMap((use) =>
      use.kind === 'mount_part'
        ? [reason('DEVICE_MOUNT_PART', { bdf, device: use.device, option: use.option, target: use.target })]
        : [],
    ),
  ]
}

import { seen } from '../../probe/fact.ts'
import { reason } from '../../reasons/registry.ts'
import type { DriveCase, DriveGuard } from '../drive-case.ts'
import { liveOn, missingOf } from '../moves.ts'
import { isDue, missingStack, owedLayers, recordedStack } from '../stack-moves.ts'

/** A mount point to which a filesystem must return may have been given to another one since. */
export const restoreGuard: DriveGuard = (one) => {
  if (one.want !== 'kernel') return []
  const { drive, facts, uses, destined } = one
  const own = new Set(uses.flatMap((use) => (use.kind === 'mount' ? [use.mount] : [])))
  const record = seen(drive.record)
  const stack = missingStack(recordedStack(record), facts, (layer) => isDue(layer, destined))
  const owed = new Set(
    [...missingOf(record, liveOn(uses)).mounts, ...stack.mounts].map(({ target }) => target),
  )
  const taken = (seen(facts.mounts) ?? [])
    .filter((mount) => owed.has(mount.target) && !own.has(mount))
    .map(({ target, source, fstype }) =>
      reason('MOUNT_POINT_TAKEN', { bdf: drive.bdf, target, source, fstype }),
    )
  return [...taken, ...stillClosed(one)]
}

/** What lies on a drive that does not come back now stays closed. */
function stillClosed({ drive, destined }: DriveCase) {
  return owedLayers(seen(drive.record), destined).map(({ name, drives }) =>
    reason('STACK_OWED', {
      bdf: drive.bdf,
      name,
      missing: drives.filter((bdf) => destined.get(bdf) !== 'nvme'),
    }),
  )
}

import { seen } from '../../probe/fact.ts'
import { reason } from '../../reasons/registry.ts'
import type { DriveGuard } from '../drive-case.ts'
import { liveOn, missingOf } from '../moves.ts'

/** A mount point to which a filesystem must return may have been given to another one since. */
export const restoreGuard: DriveGuard = ({ drive, facts, want, uses }) => {
  if (want !== 'kernel') return []
  const own = new Set(uses.flatMap((use) => (use.kind === 'mount' ? [use.mount] : [])))
  const owed = new Set(missingOf(seen(drive.record), liveOn(uses)).mounts.map(({ target }) => target))
  return (seen(facts.mounts) ?? [])
    .filter((mount) => owed.has(mount.target) && !own.has(mount))
    .map(({ target, source, fstype }) =>
      reason('MOUNT_POINT_TAKEN', { bdf: drive.bdf, target, source, fstype }),
    )
}

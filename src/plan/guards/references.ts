import type { Reason } from '../../reasons/reason.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveCase, type DriveGuard, leavesKernel } from '../drive-case.ts'
import { type Reference, referencesTo } from '../references.ts'

/**
 * Lines that would hold up the next boot, when the drive is not with the kernel. A drive that is to stay away after a
 * boot is not taken before they are mended; for one that is away already they are told all the same.
 */
export const referencesGuard: DriveGuard = (one) => {
  if (one.want !== 'spdk') return []
  // What the system runs from is refused whatever any line says.
  if (one.system.uses.some(({ bdf }) => bdf === one.drive.bdf)) return []
  return referencesTo(one.drive, one.facts).map((reference) => told(reference, one))
}

function told({ kind, at, how, fields, fstype }: Reference, one: DriveCase): Reason {
  const stays = one.declaration.persist && leavesKernel(one)
  const seen = { ...at, how, fields, fstype, stays }
  switch (kind) {
    case 'fstab':
      return reason('FSTAB_HANGS_BOOT', seen)
    case 'crypttab':
      return reason('CRYPTTAB_HANGS_BOOT', seen)
    case 'mdadm':
      return reason('MDADM_NAMES_MEMBER', seen)
  }
}

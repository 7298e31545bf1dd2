import type { DriveGuard } from '../drive-case.ts'
import { bindingGuard } from './binding.ts'
import { driverctlGuard } from './driverctl.ts'
import { exportsGuard } from './exports.ts'
import { foreignMountsGuard } from './foreign-mounts.ts'
import { heldGuard } from './held.ts'
import { holdersGuard } from './holders.ts'
import { identityGuard } from './identity.ts'
import { iommuGroupGuard } from './iommu-group.ts'
import { lockdownGuard } from './lockdown.ts'
import { loopFilesGuard } from './loop-files.ts'
import { modulesGuard } from './modules.ts'
import { mountPartsGuard } from './mount-parts.ts'
import { mountsGuard } from './mounts.ts'
import { openFilesGuard } from './open-files.ts'
import { referencesGuard } from './references.ts'
import { restoreGuard } from './restore.ts'
import { sharedGuard } from './shared.ts'
import { signaturesGuard } from './signatures.ts'
import { swapGuard } from './swap.ts'
import { systemGuard } from './system.ts'
import { unreadableGuard } from './unreadable.ts'
import { vmdGuard } from './vmd.ts'

/** Every guard, in the order in which its reasons are told: what is worst comes first. */
export const driveGuards: Record<string, DriveGuard> = {
  system: systemGuard,
  unreadable: unreadableGuard,
  identity: identityGuard,
  shared: sharedGuard,
  mounts: mountsGuard,
  swap: swapGuard,
  holders: holdersGuard,
  foreignMounts: foreignMountsGuard,
  mountParts: mountPartsGuard,
  loopFiles: loopFilesGuard,
  exports: exportsGuard,
  openFiles: openFilesGuard,
  held: heldGuard,
  signatures: signaturesGuard,
  restore: restoreGuard,
  binding: bindingGuard,
  iommuGroup: iommuGroupGuard,
  modules: modulesGuard,
  lockdown: lockdownGuard,
  vmd: vmdGuard,
  driverctl: driverctlGuard,
  references: referencesGuard,
}

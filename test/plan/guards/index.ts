import type { Scenario } from '../../support/scenario.ts'
import { binding } from './binding.ts'
import { driverctl } from './driverctl.ts'
import { holders } from './holders.ts'
import { identity } from './identity.ts'
import { exportsScenarios, foreignMounts, held, loopFiles, mountParts, openFiles } from './in-use.ts'
import { iommuGroup } from './iommu-group.ts'
import { lockdown } from './lockdown.ts'
import { modulesScenarios } from './modules.ts'
import { mounts } from './mounts.ts'
import { references } from './references.ts'
import { restore } from './restore.ts'
import { shared } from './shared.ts'
import { signatures } from './signatures.ts'
import { swap } from './swap.ts'
import { system } from './system.ts'
import { unreadable } from './unreadable.ts'
import { vmd } from './vmd.ts'

/** The scenarios of each guard, under its name in src/plan/guards/index.ts. */
export const guardScenarios: Record<string, Scenario[]> = {
  system,
  unreadable,
  identity,
  shared,
  mounts,
  swap,
  holders,
  foreignMounts,
  mountParts,
  loopFiles,
  exports: exportsScenarios,
  openFiles,
  held,
  signatures,
  restore,
  binding,
  iommuGroup,
  modules: modulesScenarios,
  lockdown,
  vmd,
  driverctl,
  references,
}

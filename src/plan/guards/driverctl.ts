import { reason } from '../../reasons/registry.ts'
import type { DriveGuard } from '../drive-case.ts'
import { driverctlRule } from '../host-config/driverctl.ts'

/** driverctl's rule wins at boot: it is carried out by udev, as soon as the device is there. */
export const driverctlGuard: DriveGuard = ({ drive: { bdf }, facts, target, declaration: { persist } }) => {
  const rule = driverctlRule(bdf, facts)
  return rule === null ? [] : [reason('RIVAL_DRIVERCTL', { ...rule, target, persist })]
}

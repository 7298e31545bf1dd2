import { reason } from '../../reasons/registry.ts'
import { type DriveGuard, leavesKernel } from '../drive-case.ts'

/** What the system runs from stays, whatever any option says. */
export const systemGuard: DriveGuard = (one) => {
  if (!leavesKernel(one)) return []
  const { system, drive, uses } = one
  const { bdf } = drive
  const unsure = uses.length === 0 ? system.untraced : [...system.untraced, ...system.layered]
  const untraced = unsure.map(({ target, fstype, source }) =>
    reason('SYSTEM_UNTRACED', { target, fstype, source }),
  )
  const carried = system.uses.filter((use) => use.bdf === bdf)
  if (carried.length === 0) return untraced
  const device = [...new Set(carried.map((use) => use.device))].join(', ')
  const what = [...new Set(carried.map((use) => use.what))].join(', ')
  return [...untraced, reason('SYSTEM_DEVICE', { bdf, device, uses: what })]
}

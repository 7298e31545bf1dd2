import { seen } from '../../probe/fact.ts'
import { reason } from '../../reasons/registry.ts'
import type { DriveGuard } from '../drive-case.ts'

/**
 * Linux gives each Intel VMD a PCI domain of its own, from 10000 on, which no firmware uses. A drive in there does its
 * DMA as the VMD controller; bound to vfio-pci alone it can be opened by nobody. One that is there already is left.
 */
export const vmdGuard: DriveGuard = ({ drive: { bdf }, facts, want, current, target }) => {
  if (want !== 'spdk' || current === target || Number.parseInt(bdf, 16) <= 0xffff) return []
  const controllers = facts.functions.filter(({ driver }) => seen(driver) === 'vmd').map((one) => one.bdf)
  return [reason('DRIVE_BEHIND_VMD', { bdf, controllers })]
}

import { reason } from '../../reasons/registry.ts'
import type { DriveGuard } from '../drive-case.ts'
import { userSpaceDrivers } from '../driver-choice.ts'
import { namelessHolders } from '../open-files.ts'

/**
 * A drive that a process drives from user space stays with it. An unbind begun under one that does not answer blocks
 * in the kernel for ever, with the device locked. A lock file of SPDK that nobody has open is stale and holds nothing.
 */
export const heldGuard: DriveGuard = ({ drive: { bdf }, current, target, facts, uses }) => {
  if (current === null || !userSpaceDrivers.includes(current) || current === target) return []
  const { openFiles } = facts
  if (openFiles.state === 'unreadable')
    return [reason('FACT_UNREADABLE', { what: `who drives ${bdf} (/proc/PID/fd)`, why: openFiles.why })]
  const holders = uses.flatMap((use) => (use.kind === 'open' ? [use] : []))
  if (holders.length > 0) return [reason('VFIO_HELD', { bdf, driver: current, holders, sure: true })]
  const nameless = current === 'vfio-pci' ? namelessHolders(facts) : []
  return nameless.length === 0
    ? []
    : [reason('VFIO_HELD', { bdf, driver: current, holders: nameless, sure: false })]
}

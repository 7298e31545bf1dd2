import { reason } from '../../reasons/registry.ts'
import { type DriveGuard, leavesKernel } from '../drive-case.ts'

/** Who has a drive open uses it, though nothing is mounted. Nobody is ended for that: it blocks. */
export const openFilesGuard: DriveGuard = (one) => {
  if (!leavesKernel(one)) return []
  const { bdf } = one.drive
  const { openFiles } = one.facts
  if (openFiles.state === 'unreadable')
    return [
      reason('FACT_UNREADABLE', {
        what: 'which files processes have open (/proc/PID/fd)',
        why: openFiles.why,
      }),
    ]
  const holders = one.uses.flatMap((use) => (use.kind === 'open' ? [use] : []))
  return holders.length === 0 ? [] : [reason('DEVICE_OPEN', { bdf, holders })]
}

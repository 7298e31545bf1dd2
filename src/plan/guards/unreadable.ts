import { reason } from '../../reasons/registry.ts'
import type { DriveGuard } from '../drive-case.ts'
import { holdersOf } from '../open-files.ts'

/** Unknown means no: what a move depends on must have been read. */
export const unreadableGuard: DriveGuard = ({ drive, facts }) => {
  for (const fact of [drive.driver, drive.driverOverride])
    if (fact.state === 'unreadable')
      return [
        reason('OVERRIDE_UNREADABLE', { bdf: drive.bdf, why: fact.why, holders: holdersOf(drive, facts) }),
      ]
  const needed = [
    { what: `the IOMMU group of ${drive.bdf}`, fact: drive.iommuGroup },
    { what: `the record of ${drive.bdf} under /var/lib/provision/drives`, fact: drive.record },
    { what: 'the list of mounts (/proc/self/mountinfo)', fact: facts.mounts },
    { what: 'the list of swap space (/proc/swaps)', fact: facts.swaps },
    { what: 'the list of btrfs members (/sys/fs/btrfs)', fact: facts.btrfsMembers },
    { what: 'the configuration of the host (/etc/fstab and others)', fact: facts.configLines },
    { what: 'the names that udev gave to block devices (/dev/disk)', fact: facts.aliases },
    { what: 'the device the kernel resumes from (/sys/power/resume)', fact: facts.resume },
  ]
  return needed.flatMap(({ what, fact }) =>
    fact.state === 'unreadable' ? [reason('FACT_UNREADABLE', { what, why: fact.why })] : [],
  )
}

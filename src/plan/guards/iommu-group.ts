import { seen } from '../../probe/fact.ts'
import { reason } from '../../reasons/registry.ts'
import type { DriveCase, DriveGuard } from '../drive-case.ts'

/**
 * Binding one member of an IOMMU group succeeds whatever the others do, but the group can be opened only when every
 * member is on no driver or on one that leaves DMA to user space. For a bridge that is pcieport; a hot-plug bridge on
 * shpchp keeps the whole group shut (seen on Linux 6.1).
 */
export const iommuGroupGuard: DriveGuard = (one) => {
  const group = seen(one.drive.iommuGroup)
  if (one.want !== 'spdk' || one.target !== 'vfio-pci' || group === null) return []
  const { bdf } = one.drive
  const others = staying(one, group)
  return [
    ...unplaced(one),
    ...(others.length === 0 ? [] : [reason('GROUP_NOT_VIABLE', { bdf, group, others })]),
  ]
}

/** Drivers that take no DMA for themselves. */
const harmless: ReadonlySet<string> = new Set(['vfio-pci', 'pcieport', 'pci-stub'])

function staying(one: DriveCase, group: number) {
  return members(one).flatMap(({ bdf, driver, iommuGroup, kind }) => {
    if (seen(iommuGroup) !== group) return []
    const ends = one.destined.get(bdf) ?? seen(driver)
    const viable = driver.state !== 'unreadable' && (ends === null || harmless.has(ends))
    return viable ? [] : [{ bdf, driver: ends ?? 'a driver that cannot be read', kind }]
  })
}

/** A function whose group cannot be read may be in this one. */
function unplaced(one: DriveCase) {
  return members(one).flatMap(({ bdf, iommuGroup }) =>
    iommuGroup.state === 'unreadable'
      ? [reason('FACT_UNREADABLE', { what: `the IOMMU group of ${bdf}`, why: iommuGroup.why })]
      : [],
  )
}

function members({ facts, drive }: DriveCase) {
  const drives = facts.drives.map((other) => ({ ...other, kind: 'nvme' as const }))
  const functions = facts.functions.map((other) => ({
    ...other,
    kind: other.class.startsWith('0x06') ? ('bridge' as const) : ('other' as const),
  }))
  return [...drives, ...functions].filter(({ bdf }) => bdf !== drive.bdf)
}

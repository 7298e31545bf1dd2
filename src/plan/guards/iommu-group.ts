import { seen } from '../../probe/fact.ts'
import { reason } from '../../reasons/registry.ts'
import type { DriveCase, DriveGuard } from '../drive-case.ts'

/**
 * Binding one member of an IOMMU group succeeds whatever the others do, but the group can be opened only when every
 * endpoint in it is on vfio-pci or on no driver. Bridges (class 0x06) do not count.
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

function staying(one: DriveCase, group: number) {
  return endpoints(one).flatMap(({ bdf, driver, iommuGroup, nvme }) => {
    if (seen(iommuGroup) !== group) return []
    const ends = one.destined.get(bdf) ?? seen(driver)
    const viable = driver.state !== 'unreadable' && (ends === null || ends === 'vfio-pci')
    return viable ? [] : [{ bdf, driver: ends ?? 'a driver that cannot be read', nvme }]
  })
}

/** An endpoint whose group cannot be read may be in this one. */
function unplaced(one: DriveCase) {
  return endpoints(one).flatMap(({ bdf, iommuGroup }) =>
    iommuGroup.state === 'unreadable'
      ? [reason('FACT_UNREADABLE', { what: `the IOMMU group of ${bdf}`, why: iommuGroup.why })]
      : [],
  )
}

function endpoints({ facts, drive }: DriveCase) {
  const drives = facts.drives.map((other) => ({ ...other, nvme: true }))
  const functions = facts.functions.filter((other) => !other.class.startsWith('0x06'))
  return [...drives, ...functions.map((other) => ({ ...other, nvme: false }))].filter(
    ({ bdf }) => bdf !== drive.bdf,
  )
}

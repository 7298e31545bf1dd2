import type { DriverChoice } from '../config/declaration.ts'
import type { Drive, KernelModule } from '../probe/facts.ts'

/** Drivers through which SPDK can drive a disk. */
export const userSpaceDrivers: readonly string[] = ['vfio-pci', 'uio_pci_generic', 'igb_uio']

/** The modules a driver needs, in the order in which they are loaded. */
export function modulesOf(driver: KernelModule): KernelModule[] {
  // vfio-pci can be bound without its IOMMU backend, but then nobody can open the group.
  return driver === 'vfio-pci' ? ['vfio_iommu_type1', 'vfio-pci'] : [driver]
}

/** `auto`: vfio-pci where the drive is in an IOMMU group, otherwise uio_pci_generic, which needs none. */
export function driverFor(choice: DriverChoice, drive: Drive): KernelModule {
  if (choice !== 'auto') return choice
  return drive.iommuGroup.state === 'absent' ? 'uio_pci_generic' : 'vfio-pci'
}

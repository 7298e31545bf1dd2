import type { DriveSpec, GuestSpec } from './spec.ts'

const drive = (serial: string, more: Partial<Omit<DriveSpec, 'serial'>> = {}): DriveSpec => ({
  serial,
  namespacesMiB: [512], // sparse files; XFS wants at least 300
  ...more,
})

/**
 * A storage server as users have them: IOMMU, two NUMA nodes, drives of one model. One guest holds a
 * drive for every question, because a boot costs the better part of a minute.
 */
const standard: GuestSpec = {
  name: 'standard',
  iommu: { awBits: 48 },
  nodesMiB: [896, 512],
  cpus: 2,
  sparePorts: 1,
  kernelArgs: [],
  drives: [
    drive('LAB0001'), // carries /data, and whatever else is in use
    drive('LAB0002'), // blank neighbour
    drive('LAB0003', { node: 1 }), // blank, on the other node
    drive('LAB0004', { node: 1 }), // to be pulled out in mid-run
    drive('LAB0005', { bridge: 'shared' }), // these two cannot be handed over one by one
    drive('LAB0006', { bridge: 'shared' }),
    drive('LAB0007', { namespacesMiB: [128, 64], node: 1 }), // two namespaces, one controller
  ],
}

/** A host whose firmware has the IOMMU off: vfio-pci cannot bind, uio_pci_generic might. */
const noIommu: GuestSpec = {
  name: 'no-iommu',
  iommu: false,
  nodesMiB: [640],
  cpus: 2,
  sparePorts: 0,
  kernelArgs: [],
  drives: [drive('LAB0101'), drive('LAB0102')],
}

export const SPECS = { standard, 'no-iommu': noIommu } as const satisfies Record<string, GuestSpec>
export type SpecName = keyof typeof SPECS

export function isSpecName(name: string): name is SpecName {
  return Object.hasOwn(SPECS, name)
}

/** One NVMe controller with its namespaces. The serial is also the QEMU device's id. */
export interface DriveSpec {
  readonly serial: string
  /** Sizes of its namespaces, nsid 1 first. */
  readonly namespacesMiB: readonly number[]
  /** NUMA node of the root port; without it node 0. */
  readonly node?: number
  /** Drives that name the same bridge sit behind one PCI bridge and share an IOMMU group. */
  readonly bridge?: string
}

/** What a guest is made of. Everything that tests rely on stands here; the rest is QEMU's default. */
export interface GuestSpec {
  readonly name: string
  /** `false`: no IOMMU at all. Real servers have 48 address bits; QEMU's default of 39 breaks SPDK. */
  readonly iommu: false | { readonly awBits: 39 | 48 }
  /** Memory of each NUMA node; one entry means a machine without NUMA. */
  readonly nodesMiB: readonly number[]
  readonly cpus: number
  readonly drives: readonly DriveSpec[]
  /** Root ports left empty, for drives that are plugged in later: `spare0`, `spare1`, … */
  readonly sparePorts: number
  readonly kernelArgs: readonly string[]
}

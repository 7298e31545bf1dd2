import { createHash } from 'node:crypto'
import { absent, known } from '../probe/fact.ts'
import type { HostFacts, Mount, PciFunction } from '../probe/facts.ts'
import { type DriveModel, majminOf, models, type Slot, serialFor, simDrive } from './drives.ts'

export interface StorageNodeOptions {
  name: string
  /** NVMe drives beside the one that the system runs from; at most 16. Default: 6. */
  drives?: number
  /** Filesystems on whole drives: mount point by BDF, e.g. `{ '0000:5f:00.0': '/data' }`. */
  mounted?: Readonly<Record<string, string>>
  /** Serial by BDF; the others get one of their own. */
  serials?: Readonly<Record<string, string>>
}

/**
 * A storage server as they are bought: two NUMA nodes, an IOMMU, a system drive at 0000:01:00.0 and data drives at
 * 0000:5e:00.0, 0000:5f:00.0, … on node 0 and 0000:af:00.0, 0000:b0:00.0, … on node 1, each in an IOMMU group of its
 * own. Whatever is the same on every such host is one object in memory.
 */
export function storageNode(options: StorageNodeOptions): HostFacts {
  const { name, mounted = {}, serials = {} } = options
  const drives = slotsFor(options.drives ?? 6, mounted).map((slot) => {
    const model = modelIn(slot)
    return { slot, drive: simDrive(model, serials[slot.bdf] ?? serialFor(model, name, slot.bdf), slot) }
  })
  return {
    ...sameEverywhere,
    hostname: known(name),
    machineId: known(digest(`machine ${name}`)),
    bootId: known(uuid(digest(`boot ${name}`))),
    iommu: {
      ...sameEverywhere.iommu,
      groupTypes: Object.fromEntries(drives.map(({ slot }) => [String(slot.iommuGroup), 'DMA-FQ'])),
    },
    drives: drives.map(({ drive }) => drive),
    mounts: known([...systemMounts, ...drives.flatMap(({ slot }) => dataMount(slot, mounted[slot.bdf]))]),
  }
}

/** The addresses of data drives, in the order in which they are filled. */
export function dataAddresses(count: number): string[] {
  return slotsFor(count, {})
    .filter(({ content }) => content.kind !== 'system')
    .map(({ bdf }) => bdf)
}

const systemSlot: Slot = {
  bdf: '0000:01:00.0',
  numaNode: 0,
  iommuGroup: 12,
  index: 0,
  content: { kind: 'system' },
}

/** The first half on node 0, the second on node 1; sorted by address. */
function slotsFor(count: number, mounted: Readonly<Record<string, string>>): Slot[] {
  const onFirst = Math.ceil(count / 2)
  const data = Array.from({ length: count }, (_, at): Slot => {
    const numaNode = at < onFirst ? 0 : 1
    const bus = numaNode === 0 ? 0x5e + at : 0xaf + at - onFirst
    const bdf = `0000:${bus.toString(16)}:00.0`
    const content = bdf in mounted ? ({ kind: 'xfs' } as const) : ({ kind: 'blank' } as const)
    return { bdf, numaNode, iommuGroup: 30 + at, index: at + 1, content }
  })
  return [systemSlot, ...data]
}

function modelIn(slot: Slot): DriveModel {
  if (slot.content.kind === 'system') return models.intel
  return slot.numaNode === 0 ? models.samsung : models.micron
}

function dataMount(slot: Slot, target: string | undefined): Mount[] {
  if (target === undefined) return []
  const options = 'rw,noatime,attr2,inode64,logbufs=8,logbsize=32k,noquota'
  return [
    { majmin: majminOf(slot), root: '/', target, fstype: 'xfs', source: `/dev/nvme${slot.index}n1`, options },
  ]
}

const systemMounts: Mount[] = [
  {
    majmin: majminOf(systemSlot, 2),
    root: '/',
    target: '/',
    fstype: 'ext4',
    source: '/dev/nvme0n1p2',
    options: 'rw,relatime,errors=remount-ro',
  },
  {
    majmin: '0:25',
    root: '/',
    target: '/run',
    fstype: 'tmpfs',
    source: 'tmpfs',
    options: 'rw,nosuid,nodev,noexec,relatime,size=39522180k,mode=755',
  },
  {
    majmin: majminOf(systemSlot, 1),
    root: '/',
    target: '/boot/efi',
    fstype: 'vfat',
    source: '/dev/nvme0n1p1',
    options: 'rw,relatime,fmask=0077,dmask=0077',
  },
]

const pciFunction = (bdf: string, cls: string, ids: string, driver: string, group: number): PciFunction => ({
  bdf,
  class: cls,
  ids,
  driver: known(driver),
  iommuGroup: known(group),
})

const pool = (node: number, sizeKiB: number) => ({ sizeKiB, node, total: 0, free: 0 })

const sameEverywhere: HostFacts = {
  hostname: absent,
  kernelName: 'Linux',
  kernelRelease: known('6.1.0-28-amd64'),
  machineId: absent,
  bootId: absent,
  cmdline: known('BOOT_IMAGE=/boot/vmlinuz-6.1.0-28-amd64 root=/dev/nvme0n1p2 ro intel_iommu=on'),
  uid: 0,
  lockdown: known('none'),
  iommu: { units: ['dmar0', 'dmar1'], groupTypes: {}, unsafeNoIommu: false },
  modules: {
    nvme: known('loaded'),
    'vfio-pci': known('available'),
    vfio_iommu_type1: known('available'),
    uio_pci_generic: known('available'),
    igb_uio: known('missing'),
  },
  numaNodes: [
    { id: 0, memTotalKiB: 197_610_904, memFreeKiB: 171_802_112 },
    { id: 1, memTotalKiB: 198_148_308, memFreeKiB: 180_355_072 },
  ],
  hugepages: known([pool(0, 2048), pool(0, 1_048_576), pool(1, 2048), pool(1, 1_048_576)]),
  drives: [],
  functions: [
    pciFunction('0000:00:1f.0', '0x060100', '8086:a1c6', 'lpc_ich', 8),
    pciFunction('0000:3a:00.0', '0x060400', '8086:2030', 'pcieport', 20),
    pciFunction('0000:3b:00.0', '0x020000', '15b3:1017', 'mlx5_core', 21),
    pciFunction('0000:3b:00.1', '0x020000', '15b3:1017', 'mlx5_core', 22),
    pciFunction('0000:5d:00.0', '0x060400', '8086:2030', 'pcieport', 28),
    pciFunction('0000:ae:00.0', '0x060400', '8086:2030', 'pcieport', 29),
  ],
  blockDevices: [],
  mounts: known([]),
  swaps: known([]),
  btrfsMembers: known([]),
  otherMounts: known([]),
  openFiles: known([]),
  exports: known([]),
  loopFiles: {},
  driverNodes: {},
  resolved: {},
  resume: absent,
  nodeOwners: {},
  users: { spdk: known('spdk:spdk') },
  aliases: known({}),
  configLines: known([]),
  lock: absent,
  unfinished: known([]),
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function uuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

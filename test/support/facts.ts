import { poolName } from '../../src/plan/hugepage-name.ts'
import { absent, type Fact, known } from '../../src/probe/fact.ts'
import type {
  BlockDevice,
  Drive,
  HandOver,
  HostFacts,
  HugepagePool,
  Mount,
  Namespace,
  Partition,
  Swap,
  TakenMount,
  TakenSwap,
} from '../../src/probe/facts.ts'

import { linked } from './stacks.ts'

/**
 * Facts of a host in a few words: `hostFacts({ drives: [drive({ partitions: [{ mount: '/data' }] })] })`.
 * Whatever is not said is as on a plain storage node: two NUMA nodes, an IOMMU with a group for each drive, / on a
 * SATA disk, drives blank and on `nvme`. Facts that must be odd (unreadable, lying) are laid over with `facts`.
 */
export interface HostSpec {
  drives?: DriveSpec[]
  /** `{ 'node0/2M': 512 }`, or `[total, free]`. Pools of 2M and 1G on both nodes are there anyway, empty. */
  hugepages?: Record<string, number | [total: number, free: number]>
  /** Whole block devices and mounts beyond those of the drives and the system disk. */
  blockDevices?: BlockDevice[]
  mounts?: Mount[]
  /** As `blockDevices`, and what they lie on has them among its holders. */
  stack?: BlockDevice[]
  /** Where / lies; the default is the SATA disk. `null` leaves / out of the mounts. */
  root?: Mount | null
  /** Laid over everything else. */
  facts?: Partial<HostFacts>
}

export interface DriveSpec {
  bdf: string
  serial: string
  model: string
  ids: string
  numa: number | null
  /** IOMMU group; null: the host has no IOMMU. */
  group: number | null
  /** null: none. On any driver but `nvme` the kernel shows no controller and no namespaces. */
  driver: string | null
  override: string | null
  /** The host has a record of its hand-over: then mounts and swaps below are those of the record, not live ones. */
  handedOver: boolean
  namespaces: NamespaceSpec[]
  /** Laid over everything else. */
  facts: Partial<Drive>
}

/** What is on a namespace or partition. */
export interface BlockSpec {
  sizeBytes?: number
  /** Signature types: `ext4`, `swap`, `LVM2_member`. A mount implies its filesystem, swap implies `swap`. */
  holds?: string[] | Fact<Namespace['signatures'] extends Fact<infer S> ? S : never>
  /** Mounted here. */
  mount?: string
  fstype?: string
  options?: string
  /** In use as swap with this priority. */
  swap?: number
  holders?: string[]
}
export type PartitionSpec = BlockSpec & { number?: number }
export type NamespaceSpec = BlockSpec & { nsid?: number; partitions?: PartitionSpec[] }

/** A drive; `partitions` is short for one namespace with these, `on` for one namespace with this on it. */
export function drive(
  spec: Partial<DriveSpec> & { partitions?: PartitionSpec[]; on?: BlockSpec } = {},
): DriveSpec {
  const { partitions, on, ...rest } = spec
  const bdf = spec.bdf ?? '0000:5e:00.0'
  const bus = Number.parseInt(bdf.split(':')[1] ?? '0', 16)
  return {
    bdf,
    serial: `S-${bdf.replace(/^0000:/, '').slice(0, 2)}`,
    model: 'ACME DC4',
    ids: '144d:a80a',
    numa: 0,
    group: bus,
    driver: 'nvme',
    override: null,
    handedOver: false,
    namespaces: [{}],
    facts: {},
    ...rest,
    ...(partitions === undefined ? {} : { namespaces: [{ holds: ['gpt'], partitions }] }),
    ...(on === undefined ? {} : { namespaces: [on] }),
  }
}

export const DRIVE_BYTES = 3_840_755_982_336
export const GiB = 1024 * 1024

/** The facts that `spec` describes. Drives are named nvme0, nvme1, … in the order given. */
export function hostFacts(spec: HostSpec = {}): HostFacts {
  const made = (spec.drives ?? []).map(makeDrive)
  const root = spec.root === undefined ? mountOf('8:2', 'sda2', { mount: '/' }) : spec.root
  const facts: HostFacts = {
    hostname: known('stor-01'),
    kernelName: 'Linux',
    kernelRelease: known('6.1.0-18-amd64'),
    machineId: known('8b6e1c0d9f5a4e0fb1a4c1d2e3f40516'),
    bootId: known('1f0f7c1a-52a2-4c2e-9f64-2f7d3d3f7f11'),
    cmdline: known('root=/dev/sda2 ro intel_iommu=on'),
    uid: 0,
    lockdown: known('none'),
    iommu: { units: ['dmar0'], groupTypes: groupTypes(spec.drives ?? []), unsafeNoIommu: false },
    modules: {
      nvme: known('loaded'),
      'vfio-pci': known('available'),
      vfio_iommu_type1: known('available'),
      uio_pci_generic: known('available'),
      igb_uio: known('missing'),
    },
    numaNodes: [0, 1].map((id) => ({ id, memTotalKiB: 64 * GiB, memFreeKiB: 48 * GiB })),
    hugepages: known(pools(spec.hugepages ?? {})),
    drives: made.map((one) => one.drive).sort((a, b) => (a.bdf < b.bdf ? -1 : 1)),
    functions: [],
    blockDevices: [...systemDisk, ...(spec.blockDevices ?? []), ...(spec.stack ?? [])],
    mounts: known([
      ...(root === null ? [] : [root]),
      ...made.flatMap((one) => one.mounts),
      ...(spec.mounts ?? []),
    ]),
    swaps: known(made.flatMap((one) => one.swaps)),
    btrfsMembers: known([]),
    otherMounts: known([]),
    openFiles: known([]),
    exports: known([]),
    loopFiles: {},
    driverNodes: {},
    resolved: {},
    resume: absent,
    nodeOwners: {},
    users: {},
    aliases: known({}),
    configLines: known([]),
    lock: absent,
    unfinished: known([]),
    ...spec.facts,
  }
  return spec.stack === undefined ? facts : linked(facts)
}

/** A line of mountinfo for a block device. */
export function mountOf(majmin: string, name: string, on: BlockSpec & { mount: string }): Mount {
  const { mount: target, fstype = 'ext4', options = 'rw,relatime' } = on
  return { majmin, root: '/', target, fstype, source: `/dev/${name}`, options }
}

export function blockDevice(spec: Partial<BlockDevice> & Pick<BlockDevice, 'name' | 'majmin'>): BlockDevice {
  return {
    sizeBytes: 1 << 30,
    slaves: [],
    holders: [],
    dmName: absent,
    dmUuid: absent,
    raid: absent,
    ...spec,
  }
}

const systemDisk: BlockDevice[] = [
  blockDevice({ name: 'sda', majmin: '8:0' }),
  blockDevice({ name: 'sda2', majmin: '8:2', slaves: ['sda'] }),
]

function makeDrive(spec: DriveSpec, index: number): { drive: Drive; mounts: Mount[]; swaps: Swap[] } {
  const asOnNvme = {
    bdf: spec.bdf,
    ids: spec.ids,
    subsystemIds: spec.ids,
    numaNode: factOf(spec.numa),
    driver: known('nvme'),
    driverOverride: absent,
    iommuGroup: factOf(spec.group),
    controller: known({
      name: `nvme${index}`,
      model: spec.model.padEnd(40),
      serial: spec.serial.padEnd(20),
      firmware: 'GDC5902Q',
      state: 'live',
    }),
    namespaces: spec.namespaces.map((one, at) => namespaceOf(one, index, at)),
  }
  const hidden = spec.driver === 'nvme' ? {} : { controller: absent, namespaces: [] }
  const placed = usesIn(spec, asOnNvme.namespaces)
  const record: HandOver = {
    format: 1,
    run: '20260101T000000Z-before',
    at: '2026-01-01T00:00:00Z',
    from: 'nvme',
    drive: asOnNvme,
    mounts: placed.mounts.map(({ taken }) => taken),
    swaps: placed.swaps.map(({ taken }) => taken),
  }
  const drive: Drive = {
    ...asOnNvme,
    ...hidden,
    driver: factOf(spec.driver),
    driverOverride: factOf(spec.override),
    record: spec.handedOver ? known(record) : absent,
    ...spec.facts,
  }
  if (spec.handedOver || spec.driver !== 'nvme') return { drive, mounts: [], swaps: [] }
  return {
    drive,
    mounts: placed.mounts.map(({ live }) => live),
    swaps: placed.swaps.map(({ live }) => live),
  }
}

function namespaceOf(spec: NamespaceSpec, controller: number, at: number): Namespace {
  const nsid = spec.nsid ?? at + 1
  const name = `nvme${controller}n${nsid}`
  const minor = controller * 64 + at * 16
  const partitions = (spec.partitions ?? []).map((part, place): Partition => {
    const number = part.number ?? place + 1
    return { number, ...blockOf(part, `${name}p${number}`, `259:${minor + number}`, 1 << 30) }
  })
  return {
    nsid,
    ...blockOf(spec, name, `259:${minor}`, DRIVE_BYTES),
    uuid: absent,
    nguid: absent,
    eui: absent,
    partitions,
  }
}

function blockOf(spec: BlockSpec, name: string, majmin: string, sizeBytes: number) {
  const implied = spec.mount !== undefined ? [spec.fstype ?? 'ext4'] : spec.swap !== undefined ? ['swap'] : []
  const holds = spec.holds ?? implied
  const signatures = Array.isArray(holds) ? known(holds.map((type) => ({ type, offset: '0x0' }))) : holds
  return { name, majmin, sizeBytes: spec.sizeBytes ?? sizeBytes, holders: spec.holders ?? [], signatures }
}

/** Mounts and swap that a drive's blocks carry, as the kernel lists them and as a record keeps them. */
function usesIn(spec: DriveSpec, namespaces: Namespace[]) {
  const mounts: { live: Mount; taken: TakenMount }[] = []
  const swaps: { live: Swap; taken: TakenSwap }[] = []
  namespaces.forEach((namespace, at) => {
    const on = spec.namespaces[at]
    const blocks = [
      { block: namespace, partition: 0, spec: on },
      ...namespace.partitions.map((block, place) => ({
        block,
        partition: block.number,
        spec: on?.partitions?.[place],
      })),
    ]
    for (const { block, partition, spec: placed } of blocks) {
      const place = { nsid: namespace.nsid, partition }
      if (placed?.mount !== undefined) {
        const live = mountOf(block.majmin, block.name, { ...placed, mount: placed.mount })
        const { target, fstype, options, root } = live
        mounts.push({ live, taken: { ...place, target, fstype, options, root } })
      }
      if (placed?.swap !== undefined) {
        const priority = placed.swap
        const live = { path: `/dev/${block.name}`, type: 'partition', majmin: block.majmin, priority }
        swaps.push({ live, taken: { ...place, priority } })
      }
    }
  })
  return { mounts, swaps }
}

function pools(counts: NonNullable<HostSpec['hugepages']>): HugepagePool[] {
  const empty = [0, 1].flatMap((node) => [2048, GiB].map((sizeKiB) => ({ node, sizeKiB })))
  return empty.map((pool) => {
    const said = counts[poolName(pool)] ?? 0
    const [total, free] = typeof said === 'number' ? [said, said] : said
    return { ...pool, total, free }
  })
}

function groupTypes(drives: DriveSpec[]): Record<string, string> {
  return Object.fromEntries(
    drives.flatMap(({ group }) => (group === null ? [] : [[String(group), 'DMA-FQ'] as const])),
  )
}

function factOf<T>(value: T | null): Fact<T> {
  return value === null ? absent : known(value)
}

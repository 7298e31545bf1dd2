import fc, { type GeneratorValue } from 'fast-check'
import { compareBdf } from '../../src/probe/bdf.ts'
import { absent, type Fact, known, seen, unreadable } from '../../src/probe/fact.ts'
import type {
  BlockDevice,
  Drive,
  HostFacts,
  HugepagePool,
  ModuleState,
  Mount,
  PciFunction,
  Swap,
  UnfinishedRun,
} from '../../src/probe/facts.ts'
import { drawConfig } from './arbitrary-config.ts'
import { type Draw, drawDrive, drawFact, idPair } from './arbitrary-drives.ts'
import { drawInUse } from './arbitrary-in-use.ts'
import { hostPath, hostText, word } from './arbitrary-text.ts'

/**
 * Plausible hosts: drives on the kernel and on user space drivers, some with records; IOMMU groups shared by drives and
 * other functions; namespaces, partitions; device-mapper stacks with their holders; mounts and swap on any of them;
 * hugepages with and without NUMA. What refers to something refers to something that is there.
 * `readable: true` leaves out facts in the state unreadable, as on a host probed by root without trouble.
 */
export function arbitraryFacts(
  options: { readable: boolean } = { readable: false },
): fc.Arbitrary<HostFacts> {
  // A host is large: shrinking one to the end takes minutes.
  return fc.limitShrink(
    fc.gen().map((g) => drawHost(g, options.readable)),
    100,
  )
}

function drawHost(g: GeneratorValue, readable: boolean): HostFacts {
  let minor = 0
  let controller = 0
  const draw: Draw = { g, readable, nextMinor: () => minor++, nextController: () => controller++ }
  const groups = g(fc.boolean)
  const group = (): Fact<number> => (groups ? known(g(fc.integer, { min: 10, max: 14 })) : absent)
  const bdfs = g(() => fc.uniqueArray(bdf, { minLength: 0, maxLength: 9 })).sort(compareBdf)
  const driveCount = g(fc.integer, { min: 0, max: Math.min(bdfs.length, 5) })
  const plain = bdfs.slice(0, driveCount).map((at) => drawDrive(draw, at, group()))
  const stack = drawStack(g, plain)
  const functions = bdfs.slice(driveCount).map((at) => drawFunction(draw, at, group()))
  return {
    ...drawIdentity(draw),
    modules: drawModules(draw, [...plain, ...functions]),
    iommu: {
      units: groups ? ['dmar0', 'dmar1'] : [],
      groupTypes: groupTypes(stack.drives),
      unsafeNoIommu: g(fc.boolean),
    },
    ...drawMemory(draw),
    drives: stack.drives,
    functions,
    blockDevices: stack.blockDevices,
    ...drawUse(draw, stack),
    ...drawInUse(draw, stack),
    resume: drawFact(draw, fc.constantFrom('8:2', '259:1')),
    nodeOwners: groups ? { '/dev/vfio/10': 'spdk:spdk', '/dev/vfio/vfio': 'root:root' } : {},
    users: { spdk: known('spdk:storage'), ghost: absent },
    ...drawConfig(draw, stack),
    lock: drawFact(
      draw,
      hostText.map((text) => `${text}\nsecond line`),
    ),
    unfinished: g(fc.integer, { min: 0, max: 3 }) > 0 ? known([]) : drawFact(draw, unfinishedRuns),
  }
}

const unfinishedRuns: fc.Arbitrary<UnfinishedRun[]> = fc
  .uniqueArray(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/), { minLength: 1, maxLength: 2 })
  .chain((runs) =>
    fc.tuple(
      ...runs.sort().map((run) =>
        fc.record(
          {
            run: fc.constant(run),
            holder: hostText.map((text) => text.replaceAll('\n', ' ')),
            agent: fc.constantFrom('alive', 'gone', 'other_boot'),
            at: fc.constantFrom(null, 'step/4 begin', 'undo/2 done'),
          },
          { noNullPrototype: true },
        ),
      ),
    ),
  )

const bdf = fc
  .tuple(
    fc.constantFrom('0000', '0000', '0001', '10000'),
    fc.nat({ max: 255 }),
    fc.nat({ max: 31 }),
    fc.nat({ max: 7 }),
  )
  .map(([domain, bus, device, fn]) => `${domain}:${hex2(bus)}:${hex2(device)}.${fn}`)

const machineId = fc.uuid().map((uuid) => uuid.replaceAll('-', ''))
const bootId = fc.uuid()
const hex2 = (value: number) => value.toString(16).padStart(2, '0')

function drawIdentity(draw: Draw) {
  return {
    hostname: drawFact(draw, word),
    kernelName: 'Linux',
    kernelRelease: drawFact(draw, word),
    machineId: drawFact(draw, machineId),
    bootId: drawFact(draw, bootId),
    cmdline: drawFact(draw, hostText),
    uid: draw.readable ? 0 : draw.g(() => fc.constantFrom(0, 1000)),
    lockdown: drawFact(draw, fc.constantFrom('none', 'integrity', 'confidentiality')),
  }
}

/** A driver that has a function bound is there. */
function drawModules(draw: Draw, functions: { driver: Fact<string> }[]): HostFacts['modules'] {
  const bound = functions.map(({ driver }) => seen(driver))
  const module = (name: string): Fact<ModuleState> => {
    const states: ModuleState[] = bound.includes(name)
      ? ['builtin', 'loaded']
      : ['builtin', 'loaded', 'available', 'missing']
    const state = known(draw.g(() => fc.constantFrom(...states)))
    return draw.readable || draw.g(fc.nat, { max: 9 }) > 0 ? state : unreadable('there is no modules.dep')
  }
  return {
    nvme: module('nvme'),
    'vfio-pci': module('vfio-pci'),
    vfio_iommu_type1: module('vfio_iommu_type1'),
    uio_pci_generic: module('uio_pci_generic'),
    igb_uio: module('igb_uio'),
  }
}

function groupTypes(drives: Drive[]): Record<string, string> {
  const groups = drives.flatMap(({ iommuGroup }) => (iommuGroup.state === 'known' ? [iommuGroup.value] : []))
  return Object.fromEntries(groups.map((group) => [String(group), group % 2 === 0 ? 'DMA-FQ' : 'identity']))
}

function drawFunction(draw: Draw, at: string, iommuGroup: Fact<number>): PciFunction {
  return {
    bdf: at,
    class: draw.g(() => fc.constantFrom('0x020000', '0x060400', '0x030000', '0x010700')),
    ids: draw.g(() => idPair),
    driver: drawFact(draw, fc.constantFrom('pcieport', 'ixgbe', 'vfio-pci')),
    iommuGroup,
  }
}

function drawMemory({ g }: Draw): Pick<HostFacts, 'numaNodes' | 'hugepages'> {
  const nodes = g(fc.nat, { max: 2 })
  const numaNodes = Array.from({ length: nodes }, (_, id) => ({
    id,
    memTotalKiB: 65_807_136,
    memFreeKiB: 30_000_000 + id,
  }))
  const places = nodes === 0 ? [null] : numaNodes.map(({ id }) => id)
  const sizes = g(() => fc.subarray([2048, 1_048_576]))
  const pools = places.flatMap((node) => sizes.map((sizeKiB) => drawPool(g, node, sizeKiB)))
  return { numaNodes, hugepages: pools.length > 0 ? known(pools) : absent }
}

function drawPool(g: GeneratorValue, node: number | null, sizeKiB: number): HugepagePool {
  const free = g(fc.nat, { max: 4096 })
  return { sizeKiB, node, total: free + g(fc.nat, { max: 512 }), free }
}

export interface Stack {
  drives: Drive[]
  blockDevices: BlockDevice[]
}

/** A SCSI disk with a partition, and dm devices over some of the namespaces and partitions. */
function drawStack(g: GeneratorValue, drives: Drive[]): Stack {
  const under = g(() => fc.subarray(placesOf(drives)))
  const mappers = under.map(
    (slave, index): BlockDevice => ({
      ...blockDevice(`dm-${index}`, `253:${index}`),
      slaves: [slave],
      dmName: known(`vg-lv${index}`),
      dmUuid: known(`LVM-${index}abcdef`),
    }),
  )
  const holders = new Map(under.map((slave, index) => [slave, [`dm-${index}`]]))
  const withHolders = <T extends { name: string }>(block: T) => ({
    ...block,
    holders: holders.get(block.name) ?? [],
  })
  return {
    drives: drives.map((drive) => ({
      ...drive,
      namespaces: drive.namespaces.map((namespace) => ({
        ...withHolders(namespace),
        partitions: namespace.partitions.map(withHolders),
      })),
    })),
    // Sorted by name, as facts are: dm-10 comes before dm-2.
    blockDevices: [
      ...mappers,
      { ...blockDevice('md127', '9:127'), raid: known(raid) },
      blockDevice('sda', '8:0'),
      { ...blockDevice('sda1', '8:1'), slaves: ['sda'] },
    ].sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

const raid = { level: 'raid1', metadata: '1.2', state: 'clean', degraded: 0 }

function placesOf(drives: Drive[]): string[] {
  return drives.flatMap((drive) =>
    drive.namespaces.flatMap((n) => [n.name, ...n.partitions.map((p) => p.name)]),
  )
}

function blockDevice(name: string, majmin: string): BlockDevice {
  return {
    name,
    majmin,
    sizeBytes: 2 ** 30,
    slaves: [],
    holders: [],
    dmName: absent,
    dmUuid: absent,
    raid: absent,
  }
}

function drawUse(draw: Draw, stack: Stack): Pick<HostFacts, 'mounts' | 'swaps' | 'btrfsMembers'> {
  const { g } = draw
  const blocks = [
    ...stack.blockDevices,
    ...stack.drives.flatMap((drive) => drive.namespaces.flatMap((n) => [n, ...n.partitions])),
  ].map(({ name, majmin }) => ({ name, majmin }))
  const root: Mount = { ...mountOn({ name: 'sda1', majmin: '8:1' }), target: '/' }
  const mounted = g(() => fc.subarray(blocks)).map((block) => ({
    ...mountOn(block),
    target: g(() => hostPath),
  }))
  const swapped = g(() => fc.subarray(blocks, { maxLength: 1 })).map(
    (block, index): Swap => ({
      path: `/dev/${block.name}`,
      type: 'partition',
      majmin: block.majmin,
      priority: -2 - index,
    }),
  )
  const file: Swap = { path: '/swap file', type: 'file', majmin: null, priority: 5 }
  return {
    mounts: known([root, ...mounted]),
    swaps: drawFact(draw, fc.constant([...swapped, file])),
    btrfsMembers: drawFact(draw, fc.subarray(blocks.map(({ name }) => name).sort())),
  }
}

function mountOn(block: { name: string; majmin: string }): Omit<Mount, 'target'> {
  return {
    majmin: block.majmin,
    root: '/',
    fstype: 'ext4',
    source: `/dev/${block.name}`,
    options: 'rw,noatime,errors=continue',
  }
}

import fc from 'fast-check'
import { absent, known, seen, unreadable } from '../../src/probe/fact.ts'
import type { Drive, HostFacts } from '../../src/probe/facts.ts'
import { configFiles } from './config.ts'
import { blockDevice, type DriveSpec, drive, GiB, hostFacts, mountOf, type NamespaceSpec } from './facts.ts'

/**
 * Storage nodes in good order, with at most a trouble or two: hosts for which a plan is mostly possible. The hosts of
 * arbitrary-facts.ts are wilder, and mostly refused.
 */
export function arbitraryNode(): fc.Arbitrary<HostFacts> {
  return fc
    .record({ drives, grouping, pages, root, users, config, trouble: rarely(hostTroubles) })
    .map(makeNode)
}

type Layout = (at: number) => NamespaceSpec[]

const layouts: Record<string, Layout> = {
  blank: () => [{}],
  mounted: (at) => [{ mount: `/data${at}` }],
  inside: (at) => [{ mount: `/data0/inner${at}`, fstype: 'xfs' }],
  partitioned: (at) => [
    { holds: ['gpt'], partitions: [{ swap: -2 - at }, { mount: `/srv/da ta ${at}\udcff` }] },
  ],
  stacked: () => [{ partitions: [{ mount: '/deep' }, { mount: '/deep/er' }, { mount: '/deep/er/still' }] }],
  tables: () => [{ holds: ['gpt'] }, { holds: ['dos'] }],
  atRest: () => [{ holds: ['gpt'], partitions: [{ holds: ['LVM2_member'] }] }],
  held: () => [{ holds: ['LVM2_member'], holders: ['dm-0'] }],
  pooled: () => [{ holds: ['zfs_member'] }],
  two: (at) => [{ swap: at }, { nsid: 3, mount: `/ns${at}` }],
  none: () => [],
  again: () => [{ mount: '/data0' }],
}
const layout = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('blank', 'mounted', 'partitioned', 'two') },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(layouts)) },
)

const driveTroubles: Partial<Drive>[] = [
  { driver: unreadable('no answer') },
  { driverOverride: unreadable('no answer') },
  { iommuGroup: unreadable('no answer') },
  { record: unreadable('not JSON') },
  { controller: unreadable('no answer'), namespaces: [] },
  { controller: known({ name: 'nvme9', model: 'M', serial: 'S', firmware: '1', state: 'resetting' }) },
  { subsystemIds: 'ffff:ffff' },
]

const drives = fc.array(
  fc.record({
    layout,
    driver: fc.constantFrom('nvme', 'nvme', 'nvme', 'vfio-pci', 'vfio-pci', 'uio_pci_generic', null),
    override: fc.constantFrom(null, null, 'vfio-pci'),
    handedOver: fc.boolean(),
    numa: fc.constantFrom(0, 1, null),
    trouble: rarely(driveTroubles),
  }),
  { minLength: 1, maxLength: 4 },
)

/** In which IOMMU group the drive at this place is. */
const grouping = fc.constantFrom<((at: number) => number | null)[]>(
  (at) => at + 10,
  (at) => at + 10,
  (at) => 10 + Math.floor(at / 2),
  () => 10,
  () => null,
)

const roots = {
  sata: mountOf('8:2', 'sda2', { mount: '/' }),
  drive: mountOf('259:0', 'nvme0n1', { mount: '/' }),
  lvm: mountOf('253:9', 'mapper/vg-root', { mount: '/' }),
  overlay: { ...mountOf('0:30', 'x', { mount: '/', fstype: 'overlay' }), source: 'overlay' },
  unknown: { ...mountOf('0:31', 'x', { mount: '/', fstype: 'fancyfs' }), source: 'fancy' },
}
const root = fc.constantFrom(
  'sata',
  'sata',
  'sata',
  'sata',
  ...(Object.keys(roots) as (keyof typeof roots)[]),
)

const pages = fc.record({
  'node0/2M': fc.nat({ max: 2048 }),
  'node1/2M': fc
    .tuple(fc.nat({ max: 2048 }), fc.nat({ max: 64 }))
    .map(([free, used]): [number, number] => [free + used, free]),
  'node0/1G': fc.nat({ max: 4 }),
})

const users = fc.constantFrom({}, { '/dev/vfio/10': 'spdk:spdk' }, { '/dev/vfio/11': 'other:other' })

const elsewhere = {
  pid: 811,
  command: 'nginx',
  goesWith: null,
  mount: mountOf('259:0', 'nvme0n1', { mount: '/data0' }),
}
/** Mostly nothing; otherwise lines that name the first drive, and links that do. */
const config = fc.record({
  fstab: fc.constantFrom(null, null, null, '/dev/nvme0n1 /x', 'UUID=5e-0 /data0', '/dev/vg/gone /y'),
  options: fc.constantFrom('defaults', 'nofail'),
  linked: fc.boolean(),
  modprobe: fc.constantFrom(null, null, null, null, 'install vfio-pci /bin/false', 'blacklist nvme'),
  driverctl: fc.constantFrom(null, null, null, null, null, 'nvme', 'vfio-pci'),
})

const hostTroubles: Partial<HostFacts>[] = [
  { mounts: unreadable('no answer') },
  { swaps: unreadable('no answer') },
  { btrfsMembers: unreadable('no answer') },
  { resume: unreadable('no answer') },
  { resume: known('259:0') },
  { configLines: unreadable('no answer') },
  { aliases: unreadable('no answer') },
  { lockdown: known('integrity') },
  { uid: 1000 },
  { otherMounts: unreadable('no answer') },
  { openFiles: unreadable('no answer') },
  { exports: unreadable('no answer') },
  { otherMounts: known([{ ...elsewhere, goesWith: '/data0' }]) },
  { otherMounts: known([elsewhere]) },
  { openFiles: known([{ pid: 812, command: 'fio', path: '/dev/nvme0n1' }]) },
  { openFiles: known([{ pid: 813, command: 'spdk_tgt', path: '/dev/vfio/10' }]) },
  { exports: known([{ by: 'nvmet', name: 'subsystems/t/namespaces/1', path: '/dev/nvme0n1p2' }]) },
  { loopFiles: { loop0: '/data0/disk.img' } },
  { hugepages: unreadable('no answer') },
  { numaNodes: [{ id: 0, memTotalKiB: 4 * GiB, memFreeKiB: 1 * GiB }] },
]

function rarely<T>(troubles: T[]): fc.Arbitrary<T | null> {
  const none = { weight: 25, arbitrary: fc.constant(null) }
  return fc.oneof(none, { weight: 1, arbitrary: fc.constantFrom(...troubles) })
}

interface NodeDraw {
  drives: {
    layout: string
    driver: string | null
    override: string | null
    handedOver: boolean
    numa: number | null
    trouble: Partial<Drive> | null
  }[]
  grouping: (at: number) => number | null
  pages: Record<string, number | [number, number]>
  root: keyof typeof roots
  users: Record<string, string>
  config: {
    fstab: string | null
    options: string
    linked: boolean
    modprobe: string | null
    driverctl: string | null
  }
  trouble: Partial<HostFacts> | null
}

function configOf({ fstab, options, linked, modprobe, driverctl }: NodeDraw['config']): Partial<HostFacts> {
  return {
    ...configFiles({
      ...(fstab === null ? {} : { '/etc/fstab': `# devices\n${fstab} ext4 ${options} 0 2` }),
      ...(modprobe === null ? {} : { '/etc/modprobe.d/local.conf': modprobe }),
      ...(driverctl === null ? {} : { '/etc/driverctl.d/pci-0000:5e:00.0': driverctl }),
    }),
    aliases: known(linked ? { '/dev/disk/by-uuid/5e-0': 'nvme0n1' } : {}),
  }
}

function makeNode(drawn: NodeDraw): HostFacts {
  const specs = drawn.drives.map(({ layout: name, trouble, ...rest }, at): DriveSpec => {
    const namespaces = layouts[name]?.(at) ?? []
    const group = drawn.grouping(at)
    // Off the nvme driver there is no controller to be in trouble.
    const facts = trouble !== null && (rest.driver === 'nvme' || !('controller' in trouble)) ? trouble : {}
    // A record on the nvme driver is rare: only a reboot leaves it behind.
    const handedOver = rest.handedOver && (rest.driver !== 'nvme' || at === 1)
    return drive({
      ...rest,
      handedOver,
      bdf: `0000:${5 + at}e:00.0`,
      group,
      namespaces,
      facts,
    })
  })
  const blockDevices = [blockDevice({ name: 'dm-9', majmin: '253:9', slaves: ['sda2', 'nvme0n1'] })]
  const facts = hostFacts({ drives: specs, hugepages: drawn.pages, root: roots[drawn.root], blockDevices })
  return {
    ...facts,
    ...configOf(drawn.config),
    nodeOwners: vfioNodes(facts, drawn.users),
    users: { spdk: known('spdk:spdk'), ghost: absent },
    ...drawn.trouble,
  }
}

/** The nodes that the kernel has made for whatever is on vfio-pci, drive or not, with these owners or root's. */
export function vfioNodes(
  { drives: all, functions }: HostFacts,
  owners: Record<string, string> = {},
): Record<string, string> {
  const paths = [...all, ...functions].flatMap(({ driver, iommuGroup }) =>
    seen(driver) === 'vfio-pci' && iommuGroup.state === 'known' ? [`/dev/vfio/${iommuGroup.value}`] : [],
  )
  return Object.fromEntries(paths.map((path) => [path, owners[path] ?? 'root:root']))
}

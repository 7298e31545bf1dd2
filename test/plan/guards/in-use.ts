import { known, unreadable } from '../../../src/probe/fact.ts'
import type { HostFacts, OpenFile, OtherMount } from '../../../src/probe/facts.ts'
import { declaration } from '../../support/declaration.ts'
import { blockDevice, drive, type HostSpec, mountOf } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const [other] = ['0000:5f:00.0']
const refuse = declaration({ spdk: [bdf] })
const release = declaration({ spdk: [bdf], inUse: 'release' })
const back = declaration({ kernel: [bdf] })
const modules = ['module vfio_iommu_type1', 'module vfio-pci']
const move = [`record ${bdf}`, `override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`]
const given = [`override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`, `settle ${bdf}`, `forget ${bdf}`]
const why = unreadable('Input/output error')

const copy = (name: string, majmin: string, more: Partial<OtherMount> = {}): OtherMount => ({
  pid: 812,
  command: 'nginx',
  goesWith: null,
  mount: mountOf(majmin, name, { mount: '/in' }),
  ...more,
})
const elsewhere = (...mounts: OtherMount[]): Partial<HostFacts> => ({ otherMounts: known(mounts) })
const has = (...paths: string[]): Partial<HostFacts> => ({
  openFiles: known(paths.map((path): OpenFile => ({ pid: 900, command: 'fio', path }))),
})
const blank: HostSpec = { drives: [drive()] }
const data: HostSpec = { drives: [drive({ on: { mount: '/data' } })] }
const onVfio: HostSpec = { drives: [drive({ driver: 'vfio-pci', override: 'vfio-pci', handedOver: true })] }
const mapper = blockDevice({ name: 'dm-0', majmin: '253:0', slaves: ['nvme0n1'], dmName: known('crypt') })
const underMapper = { drives: [drive({ on: { holders: ['dm-0'] } })], blockDevices: [mapper] }

export const foreignMounts: Scenario[] = [
  {
    it: 'a drive that is mounted in a container only, though it may be released',
    host: { ...blank, facts: elsewhere(copy('nvme0n1', '259:0')) },
    declare: release,
    says: ['DEVICE_MOUNTED_ELSEWHERE'],
  },
  {
    it: 'a btrfs in a container, which has an anonymous device number',
    host: { ...blank, facts: elsewhere(copy('nvme0n1', '0:44')) },
    declare: release,
    says: ['DEVICE_MOUNTED_ELSEWHERE'],
  },
  {
    it: 'a mount of what is stacked on the drive',
    host: { ...underMapper, facts: elsewhere(copy('mapper/crypt', '253:0')) },
    declare: release,
    says: ['DEVICE_HELD', 'DEVICE_MOUNTED_ELSEWHERE'],
  },
  {
    it: 'a private copy of a mount that would be taken down',
    host: { ...data, facts: elsewhere(copy('nvme0n1', '259:0')) },
    declare: release,
    says: ['DEVICE_MOUNTED_ELSEWHERE'],
  },
  {
    it: 'a copy that goes with the mount that is taken down',
    host: { ...data, facts: elsewhere(copy('nvme0n1', '259:0', { goesWith: '/data' })) },
    declare: release,
    steps: [...modules, 'umount /data', ...move],
  },
  {
    it: 'the copies of what the system runs from are told once, as that',
    host: {
      drives: [drive()],
      root: mountOf('259:0', 'nvme0n1', { mount: '/' }),
      facts: elsewhere(copy('nvme0n1', '259:0')),
    },
    declare: release,
    says: ['SYSTEM_DEVICE'],
  },
  {
    it: 'somebody else’s drive in a container',
    host: { drives: [drive(), drive({ bdf: other ?? '' })], facts: elsewhere(copy('nvme1n1', '259:64')) },
    declare: refuse,
    steps: [...modules, ...move],
  },
  {
    it: 'mounts of others that cannot be seen',
    host: { ...blank, facts: { otherMounts: why } },
    declare: refuse,
    says: ['FACT_UNREADABLE'],
  },
]

export const mountParts: Scenario[] = [
  ...['logdev', 'rtdev'].map((option) => ({
    it: `the ${option} of an XFS that is mounted from another disk`,
    host: {
      ...blank,
      mounts: [mountOf('8:16', 'sdb', { mount: '/x', fstype: 'xfs', options: `rw,${option}=/dev/nvme0n1` })],
    },
    declare: release,
    says: ['DEVICE_MOUNT_PART'],
  })),
  {
    it: 'a log device by a link',
    host: {
      ...blank,
      mounts: [mountOf('8:16', 'sdb', { mount: '/x', options: 'rw,logdev=/dev/disk/by-id/one' })],
      facts: { resolved: { '/dev/disk/by-id/one': '/dev/nvme0n1' } },
    },
    declare: release,
    says: ['DEVICE_MOUNT_PART'],
  },
  {
    it: 'a log device by a link that leads to nothing known',
    host: {
      ...blank,
      mounts: [mountOf('8:16', 'sdb', { mount: '/x', options: 'rw,logdev=/dev/disk/by-id/one' })],
    },
    declare: release,
    says: ['FACT_UNREADABLE'],
  },
  {
    it: 'a log device in a container',
    host: {
      ...blank,
      facts: elsewhere(
        copy('sdb', '8:16', {
          mount: mountOf('8:16', 'sdb', { mount: '/x', options: 'rw,rtdev=/dev/nvme0n1' }),
        }),
      ),
    },
    declare: release,
    says: ['DEVICE_MOUNT_PART'],
  },
]

export const loopFiles: Scenario[] = [
  {
    it: 'a loop device over a file in what must be unmounted',
    host: { ...data, facts: { loopFiles: { loop3: '/data/images/a b.img' } } },
    declare: release,
    says: ['LOOP_FILE'],
  },
  {
    it: 'a loop device over a file elsewhere',
    host: { ...data, facts: { loopFiles: { loop3: '/database.img' } } },
    declare: release,
    steps: [...modules, 'umount /data', ...move],
  },
  {
    it: 'without leave to unmount, the mount says it all',
    host: { ...data, facts: { loopFiles: { loop3: '/data/a.img' } } },
    declare: refuse,
    says: ['DEVICE_MOUNTED'],
  },
]

const served = (path: string, by: 'nvmet' | 'lio' = 'nvmet'): Partial<HostFacts> => ({
  exports: known([{ by, name: by === 'nvmet' ? 'subsystems/nqn.t/namespaces/1' : 'core/iblock_0/d', path }]),
})
export const exportsScenarios: Scenario[] = [
  ...['/dev/nvme0n1', '/dev/nvme0'].map((path) => ({
    it: `${path} served by nvmet`,
    host: { ...blank, facts: served(path) },
    declare: release,
    says: ['DEVICE_EXPORTED'],
  })),
  {
    it: 'a partition served by LIO, by a link',
    host: {
      drives: [drive({ partitions: [{}] })],
      facts: { ...served('/dev/disk/by-id/x', 'lio'), resolved: { '/dev/disk/by-id/x': '/dev/nvme0n1p1' } },
    },
    declare: release,
    says: ['DEVICE_EXPORTED'],
  },
  {
    it: 'a file in what must be unmounted',
    host: { ...data, facts: served('/data/disk.img', 'lio') },
    declare: release,
    says: ['DEVICE_EXPORTED'],
  },
  {
    it: 'something else',
    host: { ...blank, facts: served('/dev/sda') },
    declare: refuse,
    steps: [...modules, ...move],
  },
  {
    it: 'exports that cannot be read',
    host: { ...blank, facts: { exports: why } },
    declare: refuse,
    says: ['FACT_UNREADABLE'],
  },
]

export const openFiles: Scenario[] = [
  ...[
    '/dev/nvme0n1',
    '/dev/nvme0',
    '/dev/ng0n1',
    '/var/lib/machines/x/dev/nvme0n1',
    '/dev/nvme0n1 (deleted)',
  ].map((path) => ({
    it: `${path} open`,
    host: { ...blank, facts: has(path) },
    declare: release,
    says: ['DEVICE_OPEN'],
  })),
  {
    it: 'a node of what is stacked on the drive',
    host: { ...underMapper, facts: has('/dev/mapper/crypt') },
    declare: release,
    says: ['DEVICE_HELD', 'DEVICE_OPEN'],
  },
  {
    it: 'nodes of others: another drive, a sibling of the group that SPDK drives, a file that is called alike',
    host: {
      drives: [drive({ group: 7 }), drive({ bdf: other ?? '', driver: 'vfio-pci', group: 7 })],
      facts: has('/dev/nvme7n1', '/dev/vfio/7', '/home/x/nvme0n1.txt', '/dev/sda'),
    },
    declare: refuse,
    steps: [...modules, ...move],
  },
  {
    it: 'open files that cannot be listed',
    host: { ...blank, facts: { openFiles: why } },
    declare: refuse,
    says: ['FACT_UNREADABLE'],
  },
]

const uio: HostSpec = { drives: [drive({ driver: 'uio_pci_generic', group: null, handedOver: true })] }
export const held: Scenario[] = [
  ...['/dev/vfio/94', '/dev/vfio/noiommu-94', `/var/tmp/spdk_pci_lock_${bdf}`].map((path) => ({
    it: `${path} open, and the drive shall go back`,
    host: { ...onVfio, facts: has(path) },
    declare: back,
    says: ['VFIO_HELD'],
  })),
  ...(
    [
      ['/dev/uio3', uio],
      ['/dev/vfio/devices/vfio3', onVfio],
    ] as const
  ).map(([path, host]) => ({
    it: `${path} open, which is the drive's own node`,
    host: { ...host, facts: { ...has(path), driverNodes: { [path]: bdf } } },
    declare: back,
    says: ['VFIO_HELD'],
  })),
  {
    it: 'a VFIO device of which nobody can tell which it is',
    host: { ...onVfio, facts: has('anon_inode:[vfio-device]') },
    declare: back,
    says: ['VFIO_HELD'],
  },
  {
    it: 'a VFIO device of somebody who has another group open',
    host: { ...onVfio, facts: has('anon_inode:[vfio-device]', '/dev/vfio/3') },
    declare: back,
    steps: given,
  },
  {
    it: 'a drive that stays with SPDK, which has it open as it should',
    host: { ...onVfio, facts: { ...has('/dev/vfio/94'), nodeOwners: { '/dev/vfio/94': 'root:root' } } },
    declare: refuse,
  },
  {
    it: 'a stale lock of another drive, and a node of another group',
    host: { ...onVfio, facts: has(`/var/tmp/spdk_pci_lock_${other}`, '/dev/vfio/9') },
    declare: back,
    steps: given,
  },
  {
    it: 'holders that cannot be listed',
    host: { ...onVfio, facts: { openFiles: why } },
    declare: back,
    says: ['FACT_UNREADABLE'],
  },
]

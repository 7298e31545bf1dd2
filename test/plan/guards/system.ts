import { absent, known } from '../../../src/probe/fact.ts'
import { configFiles } from '../../support/config.ts'
import { declaration, matching } from '../../support/declaration.ts'
import { blockDevice, drive, hostFacts, mountOf } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const force = declaration({ spdk: [bdf], inUse: 'release' })
const onDrive = (target: string, fstype = 'ext4') => mountOf('259:1', 'nvme0n1p1', { mount: target, fstype })
const over = (majmin: string, name: string, fstype: string) => ({
  ...mountOf(majmin, name, { mount: '/', fstype }),
  source: name,
})
const parted = drive({ partitions: [{ holds: ['ext4'] }] })

export const system: Scenario[] = [
  ...['/', '/usr', '/boot', '/boot/efi', '/efi', '/var', '/etc'].map((target) => ({
    it: `${target} on the drive, though everything may be released`,
    host: { drives: [parted], mounts: [onDrive(target)] },
    declare: force,
    says: ['SYSTEM_DEVICE'],
  })),
  {
    it: '/ through LVM on LUKS on a partition',
    host: {
      drives: [drive({ partitions: [{ holds: ['crypto_LUKS'], holders: ['dm-0'] }] })],
      root: mountOf('253:1', 'mapper/vg-root', { mount: '/' }),
      blockDevices: [
        blockDevice({ name: 'dm-0', majmin: '253:0', slaves: ['nvme0n1p1'], dmUuid: known('CRYPT-LUKS2-x') }),
        blockDevice({ name: 'dm-1', majmin: '253:1', slaves: ['dm-0'], dmUuid: known('LVM-x') }),
      ],
    },
    declare: force,
    says: ['SYSTEM_DEVICE', 'DEVICE_HELD'],
  },
  {
    it: '/ on one of several btrfs members',
    host: {
      drives: [drive({ on: { holds: ['btrfs'] } }), drive({ bdf: '0000:5f:00.0', on: { holds: ['btrfs'] } })],
      root: { ...mountOf('0:28', 'nvme1n1', { mount: '/', fstype: 'btrfs' }) },
      facts: { btrfsMembers: known(['nvme0n1', 'nvme1n1']) },
    },
    declare: force,
    says: ['SYSTEM_DEVICE', 'DEVICE_BTRFS_MEMBER'],
  },
  {
    it: 'the log of an XFS that / is on, by a link',
    host: {
      drives: [drive()],
      root: mountOf('8:2', 'sda2', { mount: '/', fstype: 'xfs', options: 'rw,logdev=/dev/disk/by-id/one' }),
      facts: { resolved: { '/dev/disk/by-id/one': '/dev/nvme0n1' } },
    },
    declare: force,
    says: ['SYSTEM_DEVICE', 'DEVICE_MOUNT_PART'],
  },
  {
    it: 'the image the kernel resumes from',
    host: { drives: [drive({ on: { holds: ['swap'] } })], facts: { resume: known('259:0') } },
    declare: force,
    says: ['SYSTEM_DEVICE'],
  },
  ...[
    { '/etc/kdump.conf': 'raw /dev/nvme0n1p1' },
    { '/etc/kdump.conf': 'xfs UUID=6d0c\npath /dumps' },
    { '/etc/kdump.conf': 'core_collector makedumpfile -l', mount: '/var/crash' },
    { '/etc/kdump.conf': 'path /srv/dumps', mount: '/srv' },
    { '/etc/default/kdump-tools': 'USE_KDUMP=1\nKDUMP_COREDIR="/var/crash"', mount: '/var/crash' },
  ].map(({ mount, ...files }) => ({
    it: `where the kernel dumps to: ${JSON.stringify(files)}`,
    host: {
      drives: [drive({ partitions: [mount === undefined ? { holds: ['xfs'] } : { mount }] })],
      facts: { ...configFiles(files), aliases: known({ '/dev/disk/by-uuid/6d0c': 'nvme0n1p1' }) },
    },
    declare: force,
    says: ['SYSTEM_DEVICE'],
  })),
  {
    it: 'the kernel dumps to a server: /var/crash is a filesystem like any other',
    host: {
      drives: [drive({ partitions: [{ mount: '/var/crash' }] })],
      facts: configFiles({ '/etc/kdump.conf': 'nfs dumps:/export\npath /var/crash' }),
    },
    declare: declaration({ spdk: [bdf] }),
    says: ['DEVICE_MOUNTED'],
  },
  {
    it: 'a system drive that a match would have taken is passed over',
    host: { drives: [parted, drive({ bdf: '0000:5f:00.0' })], mounts: [onDrive('/var')] },
    declare: declaration({ spdk: [matching({ model: 'ACME*', count: 1 })] }),
    steps: [
      'module vfio_iommu_type1',
      'module vfio-pci',
      'record 0000:5f:00.0',
      'override 0000:5f:00.0',
      'unbind 0000:5f:00.0',
      'bind 0000:5f:00.0',
    ],
  },
  {
    it: '/ on a filesystem that cannot be traced: any drive may be under it',
    host: { drives: [drive()], root: over('0:40', 'fancy', 'fancyfs') },
    declare: force,
    says: ['SYSTEM_UNTRACED'],
  },
  {
    it: '/ on a stack with a device of which nothing is known',
    host: {
      drives: [drive()],
      root: mountOf('253:0', 'mapper/root', { mount: '/' }),
      blockDevices: [blockDevice({ name: 'dm-0', majmin: '253:0', slaves: ['nvme7n1'] })],
    },
    declare: force,
    says: ['SYSTEM_UNTRACED'],
  },
  {
    it: 'a list of mounts without /',
    host: { drives: [drive()], root: null },
    declare: force,
    says: ['SYSTEM_UNTRACED'],
  },
  {
    it: 'no list of mounts at all',
    host: { drives: [drive()], facts: { mounts: absent } },
    declare: force,
    says: ['SYSTEM_UNTRACED'],
  },
  ...['overlay', 'squashfs', 'fuse.mergerfs'].map((fstype) => ({
    it: `/ on ${fstype}: the files under it may lie on any drive that holds something`,
    host: { drives: [parted], root: over('0:40', fstype, fstype) },
    declare: force,
    says: ['SYSTEM_UNTRACED'],
  })),
  {
    it: '/ on a loop device, whose file may lie on any drive that holds something',
    host: {
      drives: [parted],
      root: over('7:0', '/dev/loop0', 'squashfs'),
      blockDevices: [blockDevice({ name: 'loop0', majmin: '7:0' })],
    },
    declare: force,
    says: ['SYSTEM_UNTRACED'],
  },
  {
    it: 'both paths to a namespace that carries /',
    host: {
      facts: {
        drives: twoPaths(),
        mounts: known([mountOf('259:0', 'nvme0n1', { mount: '/' })]),
      },
    },
    declare: declaration({ spdk: [bdf, '0000:5f:00.0'], inUse: 'release' }),
    says: ['SYSTEM_DEVICE', 'DEVICE_MULTIPATH'],
  },
]

/** Native multipath: both controllers show the one block device. */
function twoPaths() {
  const [one, other] = hostFacts({ drives: [drive(), drive({ bdf: '0000:5f:00.0' })] }).drives
  if (one === undefined || other === undefined) throw new Error('two drives were made')
  return [one, { ...other, namespaces: one.namespaces }]
}

import { known } from '../../../src/probe/fact.ts'
import { declaration } from '../../support/declaration.ts'
import { blockDevice, drive, mountOf } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'
import { stacks } from './stacks.ts'

const bdf = '0000:5e:00.0'
const release = declaration({ spdk: [bdf], inUse: 'release' })
const btrfs = { drives: [drive({ on: { holds: ['btrfs'] } })] }
const mounted = mountOf('0:44', 'nvme0n1', { mount: '/data', fstype: 'btrfs' })

export const holders: Scenario[] = [
  ...['LVM2_member', 'linux_raid_member', 'crypto_LUKS'].map((type, at) => ({
    it: `an active ${type} on a partition, though it may be released`,
    host: {
      drives: [drive({ partitions: [{ holds: [type], holders: [['dm-0', 'md127', 'dm-1'][at] ?? ''] }] })],
      blockDevices: [
        blockDevice({ name: 'dm-0', majmin: '253:0', dmName: known('vg-data'), dmUuid: known('LVM-x') }),
        blockDevice({ name: 'md127', majmin: '9:127' }),
        blockDevice({ name: 'dm-1', majmin: '253:1', dmName: known("it's"), dmUuid: known('CRYPT-LUKS2-x') }),
      ],
    },
    declare: release,
    says: ['DEVICE_HELD'],
  })),
  {
    it: 'a holder that is not among the block devices',
    host: { drives: [drive({ on: { holders: ['bcache0'] } })] },
    declare: release,
    says: ['DEVICE_HELD'],
  },
  {
    it: 'a loop device over a partition, which the partition itself does not know of',
    host: {
      drives: [drive({ partitions: [{}] })],
      blockDevices: [blockDevice({ name: 'loop0', majmin: '7:0', slaves: ['nvme0n1p1'] })],
    },
    declare: release,
    says: ['DEVICE_HELD'],
  },
  {
    it: 'a member of a btrfs that is mounted through another device',
    host: { ...btrfs, facts: { btrfsMembers: known(['sdb', 'nvme0n1']) } },
    declare: release,
    says: ['DEVICE_BTRFS_MEMBER'],
  },
  {
    it: 'a member of a btrfs on two devices, mounted through this one',
    host: { ...btrfs, mounts: [mounted], facts: { btrfsMembers: known(['sdb', 'nvme0n1']) } },
    declare: release,
    says: ['DEVICE_BTRFS_MEMBER'],
  },
  {
    it: 'a btrfs of which no mount is seen, as in a container',
    host: { ...btrfs, facts: { btrfsMembers: known(['nvme0n1']) } },
    declare: release,
    says: ['DEVICE_BTRFS_MEMBER'],
  },
  {
    it: 'a btrfs of its own that may be released',
    host: { ...btrfs, mounts: [mounted], facts: { btrfsMembers: known(['nvme0n1']) } },
    declare: release,
    steps: [
      'module vfio_iommu_type1',
      'module vfio-pci',
      'umount /data',
      `record ${bdf}`,
      `override ${bdf}`,
      `unbind ${bdf}`,
      `bind ${bdf}`,
    ],
  },
  ...stacks,
]

import { absent, unreadable } from '../../../src/probe/fact.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const refuse = declaration({ spdk: [bdf] })
const release = declaration({ spdk: [bdf], inUse: 'release' })
const handOver = [
  'module vfio_iommu_type1',
  'module vfio-pci',
  `record ${bdf}`,
  `override ${bdf}`,
  `unbind ${bdf}`,
  `bind ${bdf}`,
]
const noWipefs = unreadable('wipefs is not installed')

export const signatures: Scenario[] = [
  { it: 'a blank drive', host: { drives: [drive()] }, declare: refuse, steps: handOver },
  ...['ext4', 'LVM2_member', 'linux_raid_member', 'crypto_LUKS', 'gpt', 'dos', 'swap', 'spdk_blobstore'].map(
    (type) => ({
      it: `${type} at rest`,
      host: { drives: [drive({ on: { holds: [type] } })] },
      declare: refuse,
      says: ['DEVICE_HAS_DATA'],
    }),
  ),
  {
    it: 'two superblocks at once',
    host: { drives: [drive({ on: { holds: ['ext4', 'xfs'] } })] },
    declare: refuse,
    says: ['DEVICE_HAS_DATA'],
  },
  {
    it: 'data on the second partition only',
    host: { drives: [drive({ partitions: [{}, { holds: ['xfs'] }] })] },
    declare: refuse,
    says: ['DEVICE_HAS_DATA'],
  },
  {
    it: 'a partition table on each of two namespaces: neither speaks for the other',
    host: { drives: [drive({ namespaces: [{ holds: ['gpt'] }, { holds: ['dos'] }] })] },
    declare: refuse,
    says: ['DEVICE_HAS_DATA'],
  },
  {
    it: 'a partition table within a partition',
    host: { drives: [drive({ partitions: [{ holds: ['dos'] }] })] },
    declare: refuse,
    says: ['DEVICE_HAS_DATA'],
  },
  {
    it: 'a superblock around a mounted partition, which is more than a table',
    host: { drives: [drive({ namespaces: [{ holds: ['gpt', 'xfs'], partitions: [{ mount: '/data' }] }] })] },
    declare: refuse,
    says: ['DEVICE_HAS_DATA', 'DEVICE_MOUNTED'],
  },
  {
    it: 'data at rest that may go along untouched',
    host: { drives: [drive({ on: { holds: ['ext4'] } })] },
    declare: release,
    steps: handOver,
  },
  ...['zfs_member', 'bcache', 'ceph_bluestore', 'VMFS_volume_member', 'oracleasm', 'jbd'].map((type) => ({
    it: `${type}, whose use the kernel does not show, though it may be released`,
    host: { drives: [drive({ on: { holds: [type] } })] },
    declare: release,
    says: ['DEVICE_MAYBE_ACTIVE'],
  })),
  ...[noWipefs, absent].map((holds) => ({
    it: `contents that are ${holds.state}, though they may be released`,
    host: { drives: [drive({ partitions: [{}, { holds }] })] },
    declare: release,
    says: ['CONTENTS_UNREADABLE'],
  })),
]

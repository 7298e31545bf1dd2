import { declaration } from '../../support/declaration.ts'
import { drive, mountOf } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const refuse = declaration({ spdk: [a] })
const release = declaration({ spdk: [a], inUse: 'release' })
const move = (bdf: string) => [`record ${bdf}`, `override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`]
const modules = ['module vfio_iommu_type1', 'module vfio-pci']
const tmpfs = (target: string) => ({
  ...mountOf('0:50', 'x', { mount: target, fstype: 'tmpfs' }),
  source: 'tmpfs',
})
const data = drive({ bdf: a, on: { mount: '/data' } })

export const mounts: Scenario[] = [
  {
    it: 'a mounted namespace',
    host: { drives: [data] },
    declare: refuse,
    says: ['DEVICE_MOUNTED'],
  },
  {
    it: 'a mounted partition, and nothing more is said of the table around it',
    host: { drives: [drive({ partitions: [{ mount: '/da ta' }] })] },
    declare: refuse,
    says: ['DEVICE_MOUNTED'],
  },
  {
    it: 'a mount of btrfs, which has an anonymous device number',
    host: {
      drives: [drive({ on: { holds: ['btrfs'] } })],
      mounts: [mountOf('0:44', 'nvme0n1', { mount: '/data', fstype: 'btrfs' })],
    },
    declare: refuse,
    says: ['DEVICE_MOUNTED'],
  },
  {
    it: 'a mount that may be released',
    host: { drives: [data] },
    declare: release,
    steps: [...modules, 'umount /data', ...move(a)],
  },
  {
    it: 'the deepest first, whatever stands in between',
    host: {
      drives: [drive({ partitions: [{ mount: '/data' }, { mount: '/data/x' }] })],
      mounts: [mountOf('259:1', 'nvme0n1p1', { mount: '/srv' })],
    },
    declare: release,
    steps: [...modules, 'umount /srv', 'umount /data/x', 'umount /data', ...move(a)],
  },
  {
    it: 'a foreign filesystem inside it',
    host: { drives: [data], mounts: [tmpfs('/data/tmp')] },
    declare: release,
    says: ['MOUNT_NESTED'],
  },
  {
    it: 'a foreign filesystem right on top of it: umount would take that one down',
    host: { drives: [data], mounts: [tmpfs('/data')] },
    declare: release,
    says: ['MOUNT_NESTED'],
  },
  {
    it: 'one whose name only begins alike',
    host: { drives: [data], mounts: [tmpfs('/database')] },
    declare: release,
    steps: [...modules, 'umount /data', ...move(a)],
  },
  {
    it: 'the filesystem of another drive inside it, which stays',
    host: { drives: [data, drive({ bdf: b, on: { mount: '/data/wal' } })] },
    declare: release,
    says: ['MOUNT_NESTED'],
  },
  {
    it: 'the filesystem of another drive inside it, which goes too',
    host: { drives: [data, drive({ bdf: b, on: { mount: '/data/wal' } })] },
    declare: declaration({ spdk: [a, b], inUse: 'release' }),
    steps: [...modules, 'umount /data/wal', 'umount /data', ...move(a), ...move(b)],
  },
]

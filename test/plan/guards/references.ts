import { configFiles, withFstab } from '../../support/config.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const force = declaration({ spdk: [bdf], inUse: 'release' })
const taken = [
  'module vfio_iommu_type1',
  'module vfio-pci',
  `record ${bdf}`,
  `override ${bdf}`,
  `unbind ${bdf}`,
  `bind ${bdf}`,
]
const atRest = drive({ partitions: [{ holds: ['ext4'] }] })
const away = drive({ driver: 'vfio-pci', handedOver: true, partitions: [{ mount: '/data' }] })
const uuid = { '/dev/disk/by-uuid/6d0c': 'nvme0n1p1' }

export const references: Scenario[] = [
  {
    it: 'a line of fstab with the UUID of a filesystem on the drive',
    host: { drives: [atRest], facts: withFstab('UUID=6d0c /data ext4 defaults 0 2', uuid) },
    declare: force,
    says: ['FSTAB_HANGS_BOOT'],
    steps: taken,
  },
  {
    it: 'the same line, when the drive is to stay away after each boot',
    host: { drives: [atRest], facts: withFstab('UUID=6d0c /data ext4 defaults 0 2', uuid) },
    declare: { ...force, persist: true },
    says: ['FSTAB_HANGS_BOOT', 'PERSIST_UNSUPPORTED'],
  },
  ...['nofail', 'defaults,nofail', 'noauto', 'x-systemd.automount,x-systemd.idle-timeout=60'].map(
    (options) => ({
      it: `a boot goes on with ${options}`,
      host: { drives: [atRest], facts: withFstab(`UUID=6d0c /data ext4 ${options} 0 2`, uuid) },
      declare: force,
      steps: taken,
    }),
  ),
  {
    it: 'the drive is away already: a warning, though it stays away',
    host: { drives: [away], facts: withFstab('UUID=6d0c /data ext4 defaults 0 2') },
    declare: { ...force, persist: true },
    says: ['FSTAB_HANGS_BOOT', 'PERSIST_UNSUPPORTED'],
  },
  {
    it: 'a line of another disk is nobody else’s',
    host: {
      drives: [atRest],
      facts: withFstab('UUID=aaaa / ext4 defaults 0 1', { ...uuid, '/dev/disk/by-uuid/aaaa': 'sda2' }),
    },
    declare: force,
    steps: taken,
  },
  {
    it: 'a drive that goes back to the kernel',
    host: { drives: [atRest], facts: withFstab('UUID=6d0c /data ext4 defaults 0 2', uuid) },
    declare: declaration({ kernel: [bdf] }),
  },
  {
    it: 'a line of crypttab',
    host: {
      drives: [drive({ on: { holds: ['crypto_LUKS'] } })],
      facts: configFiles({ '/etc/crypttab': 'vault /dev/nvme0n1 none luks' }),
    },
    declare: { ...force, persist: true },
    says: ['CRYPTTAB_HANGS_BOOT', 'PERSIST_UNSUPPORTED'],
  },
  {
    it: 'an array that is not running, and whose member the drive may be',
    host: {
      drives: [drive({ on: { holds: ['linux_raid_member'] } })],
      facts: configFiles({ '/etc/mdadm/mdadm.conf': 'ARRAY /dev/md/0 metadata=1.2 UUID=1:2:3:4' }),
    },
    declare: force,
    says: ['MDADM_NAMES_MEMBER'],
    steps: taken,
  },
  {
    it: 'a system drive is refused for what it is',
    host: {
      drives: [drive({ partitions: [{ mount: '/var' }] })],
      facts: withFstab('/dev/nvme0n1p1 /var ext4 defaults 0 2'),
    },
    declare: force,
    says: ['SYSTEM_DEVICE'],
  },
]

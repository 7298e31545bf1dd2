import { known, unreadable } from '../../../src/probe/fact.ts'
import { configFiles } from '../../support/config.ts'
import { declaration } from '../../support/declaration.ts'
import type { HostSpec } from '../../support/facts.ts'
import { blockDevice, drive, mountOf } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'
import { array, container, dm, mountOn, volume } from '../../support/stacks.ts'

const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const release = declaration({ spdk: [a], inUse: 'release' })
const both = declaration({ spdk: [a, b], inUse: 'release' })
const refuse = declaration({ spdk: [a] })
const modules = ['module vfio_iommu_type1', 'module vfio-pci']
const move = (bdf: string) => [`record ${bdf}`, `override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`]
const pv = drive({ bdf: a, on: { holds: ['LVM2_member'] } })
const pvs = [pv, drive({ bdf: b, on: { holds: ['LVM2_member'] } })]
const mirror = [a, b].map((bdf) => drive({ bdf, on: { holds: ['linux_raid_member'] } }))
const luks = drive({ bdf: a, on: { holds: ['crypto_LUKS'] } })
const crypttab = (keyFile: string, options = 'luks') => ({
  facts: configFiles({ '/etc/crypttab': `safe UUID=1 ${keyFile} nofail,${options}` }),
})

/** What may be closed, and what may not: scenarios of the guard `holders`. */
export const stacks: Scenario[] = [
  {
    it: 'a volume with a filesystem, which is unmounted and closed first',
    host: { drives: [pv], stack: [volume(0, 'vg-data', ['nvme0n1'])], mounts: [mountOn(0, 'vg-data', '/d')] },
    declare: release,
    steps: [...modules, 'umount /d', 'close vg-data', ...move(a)],
  },
  {
    it: 'the same where the device may not be released',
    host: { drives: [pv], stack: [volume(0, 'vg-data', ['nvme0n1'])], mounts: [mountOn(0, 'vg-data', '/d')] },
    declare: refuse,
    says: ['DEVICE_HELD', 'DEVICE_MOUNTED'],
  },
  {
    it: 'two volumes over two drives that both go, one mounted inside the other, one in use as swap',
    host: {
      drives: pvs,
      stack: [
        volume(0, 'vg-data', ['nvme0n1', 'nvme1n1']),
        volume(1, 'vg-log', ['nvme1n1']),
        volume(2, 'vg-swap', ['nvme0n1']),
      ],
      mounts: [mountOn(0, 'vg-data', '/d'), mountOn(1, 'vg-log', '/d/log')],
      facts: { swaps: known([{ path: '/dev/dm-2', type: 'partition', majmin: '253:2', priority: 3 }]) },
    },
    declare: both,
    steps: [
      ...modules,
      'swapoff vg-swap',
      'umount /d/log',
      'umount /d',
      'close vg-swap',
      'close vg-log',
      'close vg-data',
      ...move(a),
      ...move(b),
    ],
  },
  {
    it: 'a volume that also lies on a drive that stays',
    host: { drives: pvs, stack: [volume(0, 'vg-data', ['nvme0n1', 'nvme1n1'])] },
    declare: release,
    says: ['STACK_SHARED'],
  },
  {
    it: 'a volume on this drive alone, whose group has another volume on a drive that stays',
    host: { drives: pvs, stack: [volume(0, 'vg-data', ['nvme0n1']), volume(1, 'vg-log', ['nvme1n1'])] },
    declare: release,
    says: ['STACK_SHARED'],
  },
  {
    it: 'a volume whose group has another volume on a disk that is no NVMe drive',
    host: {
      drives: [pv],
      stack: [volume(0, 'vg-data', ['nvme0n1']), volume(1, 'vg-root', ['sda2'])],
    },
    declare: release,
    says: ['STACK_SHARED'],
  },
  {
    it: 'a volume of another group on another disk, which is none of our business',
    host: { drives: [pv], stack: [volume(0, 'vg-data', ['nvme0n1']), volume(1, 'other-root', ['sda2'])] },
    declare: release,
    steps: [...modules, 'close vg-data', ...move(a)],
  },
  {
    it: 'a thin volume, which lies on hidden ones',
    host: {
      drives: [pv],
      stack: [
        dm(0, 'vg-pool_tdata', `LVM-${'g'.repeat(32)}${'d'.repeat(32)}-tdata`, ['nvme0n1']),
        dm(1, 'vg-pool-tpool', `LVM-${'g'.repeat(32)}${'p'.repeat(32)}-tpool`, ['dm-0']),
        dm(2, 'vg-thin', `LVM-${'g'.repeat(32)}${'t'.repeat(32)}`, ['dm-1']),
      ],
    },
    declare: release,
    says: ['STACK_UNSUPPORTED'],
  },
  {
    it: 'a mirrored volume, whose legs look like volumes',
    host: {
      drives: [pv],
      stack: [volume(0, 'vg-r_rimage_0', ['nvme0n1']), volume(1, 'vg-r', ['dm-0'])],
    },
    declare: release,
    says: ['STACK_UNSUPPORTED'],
  },
  {
    it: 'a volume whose name the tools would escape',
    host: { drives: [pv], stack: [volume(0, 'vg-da ta', ['nvme0n1'])] },
    declare: release,
    says: ['STACK_UNSUPPORTED'],
  },
  {
    it: 'a LUKS container with a key file in crypttab',
    host: { drives: [luks], stack: [container(0, 'safe', 'nvme0n1')], ...crypttab('/etc/keys/safe') },
    declare: release,
    steps: [...modules, 'close safe', ...move(a)],
  },
  ...[
    { it: 'no crypttab', host: {} },
    { it: 'no key file in crypttab', host: crypttab('none') },
    { it: 'a key that is new at each boot', host: crypttab('/dev/urandom', 'swap') },
    { it: 'a key on another device', host: crypttab('/safe.key:LABEL=stick') },
    { it: 'an option that cannot be repeated', host: crypttab('/k', 'luks,keyscript=/bin/ask') },
    {
      it: 'a crypttab that cannot be read',
      host: { facts: { configLines: unreadable('Permission denied') } },
      also: ['FACT_UNREADABLE'],
    },
  ].map(({ it, host, also = [] }: { it: string; host: HostSpec; also?: string[] }) => ({
    it: `a LUKS container with ${it}`,
    host: { drives: [luks], stack: [container(0, 'safe', 'nvme0n1')], ...host },
    declare: release,
    says: ['LUKS_NO_KEY', ...also],
  })),
  {
    it: 'a LUKS container whose key lies on a filesystem that is unmounted first',
    host: {
      drives: [luks, drive({ bdf: b, on: { mount: '/keys' } })],
      stack: [container(0, 'safe', 'nvme0n1')],
      ...crypttab('/keys/safe'),
    },
    declare: both,
    says: ['LUKS_NO_KEY'],
  },
  {
    it: 'a LUKS container on a volume: what lies on top goes first',
    host: {
      drives: [pv],
      stack: [volume(1, 'vg-data', ['nvme0n1']), container(0, 'safe', 'dm-1')],
      mounts: [mountOn(0, 'safe', '/safe')],
      ...crypttab('/etc/keys/safe', 'luks,discard,key-slot=1'),
    },
    declare: release,
    steps: [...modules, 'umount /safe', 'close safe', 'close vg-data', ...move(a)],
  },
  {
    it: 'a mirror over two drives that both go, with a filesystem on a partition of it',
    host: {
      drives: mirror,
      stack: [
        array(127, ['nvme0n1', 'nvme1n1']),
        blockDevice({ name: 'md127p1', majmin: '259:200', slaves: ['md127'] }),
      ],
      mounts: [mountOf('259:200', 'md127p1', { mount: '/raid' })],
    },
    declare: both,
    steps: [...modules, 'umount /raid', 'close md127', ...move(a), ...move(b)],
  },
  {
    it: 'a mirror over this drive and one that stays',
    host: { drives: mirror, stack: [array(127, ['nvme0n1', 'nvme1n1'])] },
    declare: release,
    says: ['STACK_SHARED'],
  },
  {
    it: 'a mirror over this drive and another disk',
    host: { drives: mirror, stack: [array(127, ['nvme0n1', 'sda2'])] },
    declare: release,
    says: ['STACK_SHARED'],
  },
  ...[
    { it: 'with a member missing', raid: { degraded: 1 } },
    { it: 'of a BIOS', raid: { metadata: 'external:/md126/0' } },
    { it: 'that is still put together', raid: { level: '', state: 'inactive' } },
  ].map(({ it, raid }) => ({
    it: `an array ${it}`,
    host: { drives: mirror, stack: [array(127, ['nvme0n1', 'nvme1n1'], raid)] },
    declare: both,
    says: ['STACK_UNSUPPORTED'],
  })),
  {
    it: 'a loop device over a volume',
    host: {
      drives: [pv],
      stack: [
        volume(0, 'vg-data', ['nvme0n1']),
        blockDevice({ name: 'loop0', majmin: '7:0', slaves: ['dm-0'] }),
      ],
    },
    declare: release,
    says: ['DEVICE_HELD'],
  },
  {
    it: 'a foreign filesystem inside one on a volume',
    host: {
      drives: [pv],
      stack: [volume(0, 'vg-data', ['nvme0n1'])],
      mounts: [mountOn(0, 'vg-data', '/d'), mountOf('8:1', 'sda1', { mount: '/d/sub' })],
    },
    declare: release,
    says: ['MOUNT_NESTED'],
  },
  {
    it: 'a swap file on a volume',
    host: {
      drives: [pv],
      stack: [volume(0, 'vg-data', ['nvme0n1'])],
      mounts: [mountOn(0, 'vg-data', '/d')],
      facts: { swaps: known([{ path: '/d/swap', type: 'file', majmin: null, priority: 1 }]) },
    },
    declare: release,
    says: ['SWAP_FILE'],
  },
]

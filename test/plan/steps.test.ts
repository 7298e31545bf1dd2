import assert from 'node:assert/strict'
import type { StepAction } from '../../src/plan/step.ts'
import { argsOf, stepKinds, stepOf, undoOf } from '../../src/plan/steps/index.ts'
import type { HandOver, TakenLayer } from '../../src/probe/facts.ts'
import { drive, hostFacts } from '../support/facts.ts'

const bdf = '0000:5e:00.0'
const place = { bdf, nsid: 1, partition: 2 }
const mount = { ...place, target: '/da ta', fstype: 'xfs', options: 'rw,noatime', root: '/sub' }
const record = recordOf(drive({ driver: 'vfio-pci', handedOver: true, partitions: [{ holds: ['ext4'] }] }))
const blank = recordOf(drive({ driver: 'vfio-pci', handedOver: true }))
const settle: StepAction = { kind: 'settle', bdf, namespaces: [{ nsid: 1, sizeBytes: 3_840_755_982_336 }] }

/** What people read of a step, what the agent is given for it, and what takes it back. */
interface Case {
  action: StepAction
  reads: string
  target: string
  args: string[]
  undo: StepAction[]
}

const unbind = { kind: 'unbind', bdf, driver: 'nvme', serial: 'S-5e', record } as const
const bind = { kind: 'bind', bdf, driver: 'vfio-pci', record } as const
const layer = { sizeBytes: 4096, drives: [bdf] }
const volume: TakenLayer = {
  ...layer,
  kind: 'lvm',
  ref: 'dm/LVM-x',
  name: 'vg-da--ta',
  on: [`${bdf}/1/0`, '0000:5f:00.0/1/0'],
  drives: [bdf, '0000:5f:00.0'],
  group: 'vg',
  volume: 'da-ta',
}
const container: TakenLayer = {
  ...layer,
  kind: 'luks',
  ref: 'dm/CRYPT-x',
  name: 'safe',
  on: [`md/1/${bdf}/1/0`],
  keyFile: '/etc/keys/a b',
  flags: ['--readonly', '--key-slot=1'],
}
const array: TakenLayer = {
  ...layer,
  kind: 'md',
  ref: `md/0/${bdf}/1/2`,
  name: 'md127',
  on: [`${bdf}/1/2`],
  level: 'raid1',
  metadata: '1.2',
  partitions: [
    { number: 1, sizeBytes: 512 },
    { number: 2, sizeBytes: 1024 },
  ],
}
const onArray = { on: `md/1/${bdf}/1/2`, name: 'md127 p1', drives: [bdf] }
const there = { target: '/da ta', fstype: 'xfs', options: 'rw', root: '/' }

const cases: Case[] = [
  {
    action: { kind: 'module', module: 'vfio-pci', to: 'loaded' },
    reads: 'load kernel module vfio-pci',
    target: 'vfio-pci',
    args: ['vfio-pci', 'loaded'],
    undo: [{ kind: 'module', module: 'vfio-pci', to: 'unloaded' }],
  },
  {
    action: { kind: 'hugepages', sizeKiB: 2048, node: 1, from: 0, to: 512 },
    reads: 'hugepages node1/2M: 0 → 512',
    target: 'node1/2M',
    args: ['2048', '1', '0', '512'],
    undo: [{ kind: 'hugepages', sizeKiB: 2048, node: 1, from: 512, to: 0 }],
  },
  {
    action: { kind: 'hugepages', sizeKiB: 1_048_576, node: null, from: 4, to: 0 },
    reads: 'hugepages 1G: 4 → 0',
    target: '1G',
    args: ['1048576', '', '4', '0'],
    undo: [{ kind: 'hugepages', sizeKiB: 1_048_576, node: null, from: 0, to: 4 }],
  },
  {
    action: { kind: 'swapoff', ...place, priority: -2 },
    reads: 'stop swapping on 0000:5e:00.0 ns1 p2',
    target: '0000:5e:00.0 ns1 p2',
    args: [bdf, '1', '2', '-2'],
    undo: [{ kind: 'swapon', ...place, priority: -2 }],
  },
  {
    action: { kind: 'swapon', ...place, partition: 0, priority: 5 },
    reads: 'swap on 0000:5e:00.0 ns1 again',
    target: '0000:5e:00.0 ns1',
    args: [bdf, '1', '0', '5'],
    undo: [{ kind: 'swapoff', ...place, partition: 0, priority: 5 }],
  },
  {
    action: { kind: 'umount', ...mount },
    reads: 'unmount /da ta (xfs on 0000:5e:00.0 ns1 p2)',
    target: '/da ta',
    args: [bdf, '1', '2', '/da ta', 'xfs', 'rw,noatime', '/sub'],
    undo: [{ kind: 'mount', ...mount }],
  },
  {
    action: { kind: 'mount', ...mount },
    reads: 'mount 0000:5e:00.0 ns1 p2 at /da ta again (xfs)',
    target: '/da ta',
    args: [bdf, '1', '2', '/da ta', 'xfs', 'rw,noatime', '/sub'],
    undo: [{ kind: 'umount', ...mount }],
  },
  {
    action: { kind: 'record', bdf, record, previous: null },
    reads: 'record on the host where 0000:5e:00.0 comes from',
    target: bdf,
    args: [bdf, JSON.stringify(record), 'new'],
    undo: [{ kind: 'forget', bdf, record }],
  },
  {
    action: { kind: 'record', bdf, record, previous: blank },
    reads: 'record on the host where 0000:5e:00.0 comes from',
    target: bdf,
    args: [bdf, JSON.stringify(record), 'replace'],
    undo: [{ kind: 'record', bdf, record: blank, previous: record }],
  },
  {
    action: { kind: 'forget', bdf, record },
    reads: "remove the host's record of 0000:5e:00.0",
    target: bdf,
    args: [bdf, JSON.stringify(record)],
    undo: [{ kind: 'record', bdf, record, previous: null }],
  },
  {
    action: { kind: 'override', bdf, from: null, to: 'vfio-pci' },
    reads: 'let only vfio-pci take 0000:5e:00.0 (driver_override)',
    target: bdf,
    args: [bdf, '', 'vfio-pci'],
    undo: [{ kind: 'override', bdf, from: 'vfio-pci', to: null }],
  },
  {
    action: { kind: 'override', bdf, from: 'vfio-pci', to: null },
    reads: 'clear the driver override of 0000:5e:00.0',
    target: bdf,
    args: [bdf, 'vfio-pci', ''],
    undo: [{ kind: 'override', bdf, from: null, to: 'vfio-pci' }],
  },
  {
    action: unbind,
    reads: 'take 0000:5e:00.0 from nvme',
    target: bdf,
    args: [bdf, 'nvme', 'S-5e', 'data'],
    undo: [{ kind: 'bind', bdf, driver: 'nvme', record }, settle],
  },
  {
    action: { ...unbind, serial: null, record: blank },
    reads: 'take 0000:5e:00.0 from nvme',
    target: bdf,
    args: [bdf, 'nvme', '', 'blank'],
    undo: [{ kind: 'bind', bdf, driver: 'nvme', record: blank }, settle],
  },
  {
    action: { ...unbind, driver: 'vfio-pci', serial: null, record: blank },
    reads: 'take 0000:5e:00.0 from vfio-pci',
    target: bdf,
    args: [bdf, 'vfio-pci', '', 'data'],
    undo: [{ kind: 'bind', bdf, driver: 'vfio-pci', record: blank }],
  },
  {
    action: bind,
    reads: 'bind 0000:5e:00.0 to vfio-pci',
    target: bdf,
    args: [bdf, 'vfio-pci'],
    undo: [{ kind: 'unbind', bdf, driver: 'vfio-pci', serial: null, record }],
  },
  {
    action: settle,
    reads: 'wait for 1 namespace of 0000:5e:00.0',
    target: bdf,
    args: [bdf, '1:3840755982336'],
    undo: [],
  },
  {
    action: { kind: 'settle', bdf, namespaces: [] },
    reads: 'wait for the controller of 0000:5e:00.0 to be live',
    target: bdf,
    args: [bdf],
    undo: [],
  },
  {
    action: { kind: 'close', layer: volume },
    reads: `close LVM volume vg/da-ta on ${bdf} and 0000:5f:00.0`,
    target: 'vg-da--ta',
    args: ['lvm', 'dm/LVM-x', 'vg-da--ta', '4096', 'vg', 'da-ta', `${bdf}/1/0`, '0000:5f:00.0/1/0'],
    undo: [{ kind: 'open', layer: volume }],
  },
  {
    action: { kind: 'open', layer: container },
    reads: `open LUKS container safe on ${bdf} (key file /etc/keys/a b) again`,
    target: 'safe',
    args: [
      'luks',
      'dm/CRYPT-x',
      'safe',
      '4096',
      '/etc/keys/a b',
      '--readonly --key-slot=1',
      `md/1/${bdf}/1/0`,
    ],
    undo: [{ kind: 'close', layer: container }],
  },
  {
    action: { kind: 'open', layer: array },
    reads: `open raid1 array md127 on ${bdf} again`,
    target: 'md127',
    args: ['md', `md/0/${bdf}/1/2`, 'md127', '4096', 'raid1 1.2', '1:512 2:1024', `${bdf}/1/2`],
    undo: [{ kind: 'close', layer: array }],
  },
  {
    action: { kind: 'umount', ...onArray, ...there },
    reads: 'unmount /da ta (xfs on md127 p1)',
    target: '/da ta',
    args: ['stack', `md/1/${bdf}/1/2`, '', '/da ta', 'xfs', 'rw', '/'],
    undo: [{ kind: 'mount', ...onArray, ...there }],
  },
  {
    action: { kind: 'swapon', ...onArray, priority: 7 },
    reads: 'swap on md127 p1 again',
    target: 'md127 p1',
    args: ['stack', `md/1/${bdf}/1/2`, '', '7'],
    undo: [{ kind: 'swapoff', ...onArray, priority: 7 }],
  },
  {
    action: { kind: 'owner', bdf, group: 14, from: 'root:root', to: 'spdk:spdk' },
    reads: 'give /dev/vfio/14 (0000:5e:00.0) to spdk:spdk',
    target: '/dev/vfio/14',
    args: [bdf, '14', 'root:root', 'spdk:spdk'],
    undo: [{ kind: 'owner', bdf, group: 14, from: 'spdk:spdk', to: 'root:root' }],
  },
]

describe('steps', () => {
  for (const { action, reads, target, args, undo } of cases)
    it(`${action.kind}: ${reads}`, () => {
      const { id, kind, ...told } = stepOf(7, action)
      assert.deepEqual({ id, kind }, { id: 7, kind: action.kind })
      assert.deepEqual(told, { target, summary: reads, action })
      assert.deepEqual(argsOf(action), args)
      assert.deepEqual(undoOf(action), undo)
    })

  it('every kind is here', () => {
    assert.deepEqual([...new Set(cases.map(({ action }) => action.kind))].sort(), stepKinds.toSorted())
  })
})

function recordOf(spec: ReturnType<typeof drive>): HandOver {
  const record = hostFacts({ drives: [spec] }).drives[0]?.record
  assert.ok(record?.state === 'known')
  return record.value
}

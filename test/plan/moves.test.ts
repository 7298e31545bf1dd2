import assert from 'node:assert/strict'
import { stateOf } from '../../src/plan/state.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { absent, known, unreadable } from '../../src/probe/fact.ts'
import { declaration } from '../support/declaration.ts'
import { drive, hostFacts, mountOf } from '../support/facts.ts'
import { plan } from '../support/planning.ts'
import { expected, outcomeOf, type Scenario } from '../support/scenario.ts'

const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const vfio = ['module vfio_iommu_type1', 'module vfio-pci']
const spdk = declaration({ spdk: [a], inUse: 'release' })
const kernel = declaration({ kernel: [a] })
const full = { partitions: [{ mount: '/data' }, { swap: 5 }] }
const gone = drive({ driver: 'vfio-pci', override: 'vfio-pci', handedOver: true, ...full })

const stopped = { run: 'r-1', holder: 'ann@desk', at: 'step/4 begin' }

/** A record of one filesystem that was mounted at two places. */
function recordOfTwo(...targets: string[]) {
  const record = hostFacts({ drives: [drive({ handedOver: true, on: { mount: '/' } })] }).drives[0]?.record
  assert.ok(record?.state === 'known')
  const mounts = record.value.mounts.flatMap((mount) => targets.map((target) => ({ ...mount, target })))
  return known({ ...record.value, mounts })
}

const scenarios: Scenario[] = [
  {
    it: 'hands over: takes down what is on it, then moves it',
    host: { drives: [drive(full)] },
    declare: spdk,
    steps: [
      ...vfio,
      `swapoff ${a} ns1 p2`,
      'umount /data',
      `record ${a}`,
      `override ${a}`,
      `unbind ${a}`,
      `bind ${a}`,
    ],
  },
  { it: 'leaves what was handed over', host: { drives: [gone] }, declare: spdk },
  {
    it: 'gives back: moves it, then restores what was on it, then forgets it',
    host: { drives: [gone] },
    declare: kernel,
    steps: [
      `override ${a}`,
      `unbind ${a}`,
      `bind ${a}`,
      `settle ${a}`,
      'mount /data',
      `swapon ${a} ns1 p2`,
      `forget ${a}`,
    ],
  },
  { it: 'leaves what the kernel has', host: { drives: [drive(full)] }, declare: kernel },
  {
    it: 'gives back what somebody else bound, with nothing to restore',
    host: { drives: [drive({ driver: 'vfio-pci' })] },
    declare: kernel,
    steps: [`unbind ${a}`, `bind ${a}`, `settle ${a}`],
  },
  {
    it: 'rebinds from uio to vfio-pci; the record stays, it knows the serial',
    host: { drives: [drive({ driver: 'uio_pci_generic', handedOver: true })] },
    declare: spdk,
    steps: [...vfio, `override ${a}`, `unbind ${a}`, `bind ${a}`],
  },
  {
    it: 'rebinds from uio to vfio-pci without a record: makes one',
    host: { drives: [drive({ driver: 'uio_pci_generic' })] },
    declare: spdk,
    steps: [...vfio, `record ${a}`, `override ${a}`, `unbind ${a}`, `bind ${a}`],
  },
  {
    it: 'goes on with a drive that was left without a driver',
    host: { drives: [drive({ driver: null, override: 'vfio-pci', handedOver: true })] },
    declare: spdk,
    steps: [...vfio, `bind ${a}`],
  },
  {
    it: 'brings back a drive that was left without a driver',
    host: { drives: [drive({ driver: null, override: 'vfio-pci', handedOver: true, ...full })] },
    declare: kernel,
    steps: [`override ${a}`, `bind ${a}`, `settle ${a}`, 'mount /data', `swapon ${a} ns1 p2`, `forget ${a}`],
  },
  {
    it: 'after a reboot, hands over anew, with a new record',
    host: { drives: [drive({ handedOver: true })] },
    declare: spdk,
    steps: [...vfio, `record ${a}`, `override ${a}`, `unbind ${a}`, `bind ${a}`],
  },
  {
    it: 'after a reboot, restores what did not come back by itself',
    host: {
      drives: [drive({ handedOver: true, ...full })],
      mounts: [mountOf('259:1', 'nvme0n1p1', { mount: '/data' })],
    },
    declare: kernel,
    steps: [`swapon ${a} ns1 p2`, `forget ${a}`],
  },
  {
    it: 'two filesystems at one place: each is restored',
    host: {
      drives: [drive({ handedOver: true, partitions: [{ mount: '/data' }, { mount: '/data' }] })],
      mounts: [mountOf('259:2', 'nvme0n1p2', { mount: '/data' })],
    },
    declare: kernel,
    steps: ['mount /data', `forget ${a}`],
  },
  {
    it: 'one filesystem at two places: both are restored',
    host: {
      drives: [drive({ handedOver: true, facts: { record: recordOfTwo('/data', '/srv') } })],
      mounts: [mountOf('259:0', 'nvme0n1', { mount: '/data' })],
    },
    declare: kernel,
    steps: ['mount /srv', `forget ${a}`],
  },
  {
    it: 'pools that shrink come before those that need their memory',
    host: { hugepages: { 'node0/1G': 40 } },
    declare: declaration({
      hugepages: [
        { sizeKiB: 2048, node: 0, count: 20_480 },
        { sizeKiB: 1_048_576, node: 0, count: 0 },
      ],
    }),
    steps: ['hugepages node0/1G', 'hugepages node0/2M'],
  },
  {
    it: 'mounts what lies inside another after it, whichever drive comes first',
    host: {
      drives: [
        drive({ driver: 'vfio-pci', handedOver: true, on: { mount: '/data/wal' } }),
        drive({
          bdf: b,
          driver: 'vfio-pci',
          handedOver: true,
          partitions: [{ mount: '/data' }, { mount: '/a' }],
        }),
      ],
    },
    declare: declaration({ kernel: [a, b] }),
    steps: [
      ...[a, b].flatMap((bdf) => [`unbind ${bdf}`, `bind ${bdf}`, `settle ${bdf}`]),
      'mount /data',
      'mount /data/wal',
      'mount /a',
      `forget ${a}`,
      `forget ${b}`,
    ],
  },
  {
    it: 'hugepages come before any drive moves',
    host: { drives: [drive(full)] },
    declare: { ...spdk, hugepages: [{ sizeKiB: 2048, node: 0, count: 8 }] },
    steps: [
      ...vfio,
      'hugepages node0/2M',
      `swapoff ${a} ns1 p2`,
      'umount /data',
      `record ${a}`,
      `override ${a}`,
      `unbind ${a}`,
      `bind ${a}`,
    ],
  },
  {
    it: 'has nothing to do for drives that no list names',
    host: { drives: [drive(full)] },
    declare: declaration(),
  },
  {
    it: 'says what is at an address without a drive',
    host: {
      facts: {
        functions: [
          { bdf: a, class: '0x020000', ids: '8086:1572', driver: known('ixgbe'), iommuGroup: known(3) },
        ],
      },
    },
    declare: declaration({ spdk: [a, b] }),
    says: ['DEVICE_NOT_NVME', 'DEVICE_NOT_FOUND'],
  },
  {
    it: 'needs root',
    host: { drives: [drive()], facts: { uid: 1000 } },
    declare: spdk,
    says: ['NOT_ROOT'],
  },
  {
    it: 'plans nothing on top of a run that stopped in the middle',
    host: { drives: [drive()], facts: { unfinished: known([{ ...stopped, agent: 'other_boot' }]) } },
    declare: spdk,
    says: ['RUN_UNFINISHED'],
  },
  {
    it: 'plans nothing when it cannot tell whether a run stopped in the middle',
    host: { drives: [drive()], facts: { unfinished: unreadable('EIO') } },
    declare: spdk,
    says: ['FACT_UNREADABLE'],
  },
  {
    it: 'leaves a run that is at work to the lock',
    host: { drives: [gone], facts: { unfinished: known([{ ...stopped, agent: 'alive' }]) } },
    declare: { ...spdk, persist: true },
    says: ['PERSIST_UNSUPPORTED'],
  },
  {
    it: 'says that it persists nothing yet',
    host: { drives: [gone] },
    declare: { ...spdk, persist: true },
    says: ['PERSIST_UNSUPPORTED'],
  },
]

describe('moves', () => {
  for (const scenario of scenarios)
    it(scenario.it, () => assert.deepEqual(outcomeOf(scenario), expected(scenario)))

  it('a new record keeps what the old one still owes, as long as it is there', () => {
    const before = drive({
      handedOver: true,
      partitions: [{ mount: '/data' }, { swap: 5 }, { mount: '/gone' }],
    })
    const host = hostFacts({ drives: [before] })
    const [one] = host.drives
    const formatted = one?.namespaces[0]?.partitions[2]
    assert.ok(formatted !== undefined)
    formatted.signatures = known([{ type: 'xfs', offset: '0x0' }])
    const record = plan(spdk, host).steps.flatMap(({ action }) =>
      action.kind === 'record' ? [action.record] : [],
    )
    assert.deepEqual(
      record.map(({ run, mounts, swaps }) => ({ run, mounts: mounts.map(({ target }) => target), swaps })),
      [{ run: '20260203T040506Z-test', mounts: ['/data'], swaps: [{ nsid: 1, partition: 2, priority: 5 }] }],
    )
  })

  it('swap that is known by its path alone is gone after swapoff', () => {
    const swaps = known([{ path: '/dev/nvme0n1', type: 'partition', majmin: null, priority: 5 }])
    const host = hostFacts({ drives: [drive({ on: { holds: ['swap'] } })], facts: { swaps } })
    const after = predict(
      host,
      plan(spdk, host).steps.map(({ action }) => action),
    )
    assert.deepEqual(after.swaps, known([]))
  })

  it('a record that never saw the drive on nvme leaves open what will be there', () => {
    const blind = hostFacts({ drives: [drive({ driver: 'vfio-pci', handedOver: true })] })
    const [one] = blind.drives
    assert.ok(one?.record.state === 'known')
    one.record.value.drive.controller = absent
    const after = predict(
      blind,
      plan(kernel, blind).steps.map(({ action }) => action),
    )
    assert.equal(stateOf(after)[`${a} serial`], '?')
  })

  it('a drive that comes back shares no name or number with one that took its place', () => {
    const taken = { drives: [drive({ bdf: b, on: { mount: '/srv' } }), gone] }
    const host = hostFacts(taken)
    // The kernel gave the names to the other drive after this one had left.
    const [back] = host.drives
    assert.ok(back?.record.state === 'known')
    const names = back.record.value.drive.namespaces.map((one) => ({
      ...one,
      name: 'nvme0n1',
      majmin: '259:0',
    }))
    back.record.value.drive.namespaces = names
    const after = predict(
      host,
      plan(kernel, host).steps.map(({ action }) => action),
    )
    assert.equal(stateOf(after)[`${a} mounts`], '1/1 /data')
    assert.equal(stateOf(after)[`${b} mounts`], '1/0 /srv')
  })
})

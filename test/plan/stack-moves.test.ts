import assert from 'node:assert/strict'
import { released } from '../../src/plan/release.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { known, seen } from '../../src/probe/fact.ts'
import { type HostFacts, handOverSchema } from '../../src/probe/facts.ts'
import { configFiles } from '../support/config.ts'
import { declaration } from '../support/declaration.ts'
import { drive, hostFacts, mountOf } from '../support/facts.ts'
import { codes, plan, steps } from '../support/planning.ts'
import { array, container, mountOn, volume } from '../support/stacks.ts'

const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const both = declaration({ spdk: [a, b], inUse: 'release' })
const kernel = (...bdfs: string[]) => declaration({ kernel: bdfs })
const back = (bdf: string) => [`override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`, `settle ${bdf}`]

const carriedOut = (facts: HostFacts, declared = both) =>
  predict(
    facts,
    plan(declared, facts).steps.map(({ action }) => action),
  )
const member = (bdf: string, holds: string) => drive({ bdf, on: { holds: [holds] } })
const recordOf = (facts: HostFacts, bdf: string) =>
  seen(facts.drives.find((one) => one.bdf === bdf)?.record ?? { state: 'absent' })

const mirror = hostFacts({
  drives: [member(a, 'linux_raid_member'), member(b, 'linux_raid_member')],
  stack: [array(127, ['nvme0n1', 'nvme1n1']), container(0, 'safe', 'md127')],
  mounts: [mountOn(0, 'safe', '/safe'), mountOf('8:2', 'sda2', { mount: '/other' })],
  facts: configFiles({ '/etc/crypttab': 'safe UUID=1 /k nofail' }),
})
const gone = carriedOut(mirror)

describe('a stack over two drives, handed over', () => {
  it('is in the records of both, bottom up, in a format that older versions refuse', () => {
    for (const bdf of [a, b]) {
      const record = recordOf(gone, bdf)
      assert.equal(record?.format, 2)
      assert.deepEqual(
        record?.stack?.layers.map(({ kind, name, drives }) => ({ kind, name, drives })),
        [
          { kind: 'md', name: 'md127', drives: [a, b] },
          { kind: 'luks', name: 'safe', drives: [a, b] },
        ],
      )
      assert.deepEqual(
        record?.stack?.mounts.map(({ target }) => target),
        ['/safe'],
      )
      assert.deepEqual(
        record?.drive.namespaces.flatMap(({ holders }) => holders),
        [],
      )
      // What a host reads back must be the very text that was written: it is compared as such.
      assert.equal(JSON.stringify(handOverSchema.parse(record)), JSON.stringify(record))
    }
  })

  it('is opened bottom up and mounted when both come back, and both records are done with', () => {
    const returning = plan(released(both, gone), gone)
    assert.deepEqual(steps(returning), [
      ...back(a),
      ...back(b),
      'open md127',
      'open safe',
      'mount /safe',
      `forget ${a}`,
      `forget ${b}`,
    ])
    assert.deepEqual(codes(returning), [])
  })

  it('stays closed while one is away, which is said, and the record of the other is kept', () => {
    const half = plan(kernel(b), gone)
    assert.deepEqual(steps(half), back(b))
    assert.deepEqual(codes(half), ['STACK_OWED'])
    assert.match(half.devices[0]?.reasons[0]?.message ?? '', new RegExp(`also lies on ${a}`))
    const now = carriedOut(gone, kernel(b))
    assert.equal(recordOf(now, b)?.format, 2)
    // And nothing more is to do for it, until the other comes too.
    assert.equal(plan(kernel(b), now).outcome, 'in_sync')
    assert.deepEqual(steps(plan(kernel(a, b), now)), [
      ...back(a),
      'open md127',
      'open safe',
      'mount /safe',
      `forget ${a}`,
      `forget ${b}`,
    ])
  })

  it('is owed still after half of it was handed over once more', () => {
    const now = carriedOut(gone, kernel(b))
    const again = carriedOut(now, both)
    assert.deepEqual(recordOf(again, b)?.stack, recordOf(gone, b)?.stack)
    const formatted: HostFacts = {
      ...now,
      drives: now.drives.map((one) => ({
        ...one,
        namespaces: one.namespaces.map((namespace) => ({ ...namespace, signatures: known([]) })),
      })),
    }
    assert.equal(recordOf(carriedOut(formatted, both), b)?.stack, undefined)
  })

  it('is not put over what is mounted there by now', () => {
    const mounts = known([...(seen(gone.mounts) ?? []), mountOf('8:17', 'sdb1', { mount: '/safe' })])
    assert.deepEqual(codes(plan(released(both, gone), { ...gone, mounts })), ['MOUNT_POINT_TAKEN'])
  })

  it('is only forgotten where udev and the admin have put it back already', () => {
    const open = carriedOut(gone, kernel(a, b))
    const records = open.drives.map((one) => ({
      ...one,
      record: gone.drives.find(({ bdf }) => bdf === one.bdf)?.record ?? one.record,
    }))
    assert.deepEqual(steps(plan(kernel(a, b), { ...open, drives: records })), [`forget ${a}`, `forget ${b}`])
  })
})

describe('a stack on one drive', () => {
  it('comes back in the order in which it was mounted, between what lies right on drives', () => {
    const facts = hostFacts({
      drives: [member(a, 'LVM2_member'), drive({ bdf: b, on: { mount: '/x/y' } })],
      stack: [volume(0, 'vg-x', ['nvme0n1']), volume(1, 'vg-z', ['nvme0n1'])],
      mounts: [mountOn(1, 'vg-z', '/x/y/z'), mountOn(0, 'vg-x', '/x')],
    })
    const order = {
      ...facts,
      mounts: known((seen(facts.mounts) ?? []).toSorted((m, n) => m.target.length - n.target.length)),
    }
    const away = carriedOut(order)
    const mounts = steps(plan(released(both, away), away)).filter((step) => step.startsWith('mount'))
    assert.deepEqual(mounts, ['mount /x', 'mount /x/y', 'mount /x/y/z'])
  })
})

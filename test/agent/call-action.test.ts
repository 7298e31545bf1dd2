import assert from 'node:assert/strict'
import { actionOf } from '../../src/agent/call-action.ts'
import type { Call } from '../../src/agent/program.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { released } from '../../src/plan/release.ts'
import type { StepAction } from '../../src/plan/step.ts'
import { argsOf, predict, stepKinds, undoOf } from '../../src/plan/steps/index.ts'
import { known } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { act } from '../../src/sim/kernel.ts'
import { storageNode } from '../../src/sim/storage-node.ts'
import { configFiles } from '../support/config.ts'
import { declaration } from '../support/declaration.ts'
import { blockDevice } from '../support/facts.ts'
import { array, container, linked, mountOn, volume } from '../support/stacks.ts'

const callOf = (action: StepAction): Call => [action.kind, ...argsOf(action)]

/** A host with a mount and swap, given to SPDK and taken back: every kind of step, forward and undone. */
function journeys(): { from: HostFacts; actions: StepAction[] }[] {
  const plain = storageNode({ name: 'stor-01', mounted: { '0000:5f:00.0': '/da\tta é' } })
  const swap = { path: '/dev/nvme1n1', type: 'partition', majmin: '259:16', priority: -2 }
  const wanted = declaration({
    spdk: ['0000:5e:00.0', '0000:5f:00.0', '0000:60:00.0', '0000:af:00.0'],
    inUse: 'release',
    hugepages: [{ sizeKiB: 2048, node: 1, count: 64 }],
    owner: { user: 'spdk', group: null },
  })
  const from = stackedUp({ ...plain, swaps: known([swap]) })
  const there = actionsOf(planHost({ declaration: wanted, facts: from, stamp }))
  const handedOver = predict(from, there)
  const back = actionsOf(planHost({ declaration: released(wanted, handedOver), facts: handedOver, stamp }))
  return [
    { from, actions: there },
    { from: handedOver, actions: back },
  ].flatMap((journey) => [
    journey,
    { from: predict(journey.from, journey.actions), actions: journey.actions.toReversed().flatMap(undoOf) },
  ])
}

/** With an array over two drives: a container with a filesystem on one of its partitions, a volume with swap on the other. */
function stackedUp(facts: HostFacts): HostFacts {
  const parts = [1, 2].map((number) =>
    blockDevice({ name: `md127p${number}`, majmin: `259:${900 + number}`, slaves: ['md127'] }),
  )
  const built = [
    array(127, ['nvme3n1', 'nvme4n1']),
    ...parts,
    container(0, 'safe', 'md127p1'),
    volume(1, 'vg-swap', ['md127p2']),
  ]
  const swap = { path: '/dev/dm-1', type: 'partition', majmin: '253:1', priority: 4 }
  const mounts = facts.mounts.state === 'known' ? facts.mounts.value : []
  const swaps = facts.swaps.state === 'known' ? facts.swaps.value : []
  return linked({
    ...facts,
    blockDevices: built,
    ...configFiles({ '/etc/crypttab': 'safe UUID=1 /k luks,discard,key-slot=1,nofail' }),
    mounts: known([...mounts, mountOn(0, 'safe', '/safe')]),
    swaps: known([...swaps, swap]),
  })
}

const stamp = { id: 'run-1', at: '2026-01-01T00:00:00.000Z' }
const actionsOf = ({ steps }: { steps: { action: StepAction }[] }) => steps.map(({ action }) => action)

describe('a call, read back as an action', () => {
  it('is carried out as if the action itself had been known, for every kind of step', () => {
    const seenKinds = new Set<string>()
    for (const { from, actions } of journeys()) {
      let facts = from
      for (const action of actions) {
        seenKinds.add(action.kind)
        const read = actionOf(callOf(action), facts)
        assert.ok(read)
        assert.deepEqual(callOf(read), callOf(action))
        const expected = predict(facts, [action])
        facts = act(facts, read, from)
        assert.deepEqual(facts, expected, action.kind)
      }
    }
    assert.deepEqual([...seenKinds].sort(), [...stepKinds].sort())
  })

  it('is nothing when no host knows its kind', () => {
    assert.equal(actionOf(['format', '0000:5e:00.0'], storageNode({ name: 'stor-01' })), undefined)
  })
})

describe('the simulated kernel', () => {
  it('finds the drive that is in the slot when it comes back without a record', () => {
    const before = storageNode({ name: 'stor-01' })
    const taken = act(
      before,
      { kind: 'unbind', bdf: '0000:5e:00.0', driver: 'nvme', serial: null, record: null },
      before,
    )
    assert.notDeepEqual(taken, before)
    const back = act(taken, { kind: 'bind', bdf: '0000:5e:00.0', driver: 'nvme', record: null }, before)
    assert.deepEqual(back, before)
  })
})

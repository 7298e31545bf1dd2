import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { programOf } from '../../src/apply/program-of.ts'
import type { StepEvent } from '../../src/apply/step-event.ts'
import { runTransaction, type TransactionResult } from '../../src/apply/transaction.ts'
import type { HostPlan } from '../../src/plan/plan.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { released } from '../../src/plan/release.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { known } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import type { Mishap } from '../../src/sim/mishaps.ts'
import type { SimHost } from '../../src/sim/sim-host.ts'
import { storageNode } from '../../src/sim/storage-node.ts'
import { resolveBecome } from '../../src/transport/become.ts'
import { connected, probe, type Simulated, withFleet } from './simulated.ts'

const name = 'stor-01'
const declared = `
hugepages: { 2M: { node0: 512 } }
in_use: release
devices:
  spdk: ["0000:5e:00.0", "0000:5f:00.0"]
`

const stamp = { id: 'run-1', at: '2026-01-01T00:00:00.000Z' }

interface Story extends Simulated {
  host: SimHost
  before: HostFacts
}

/** A host with a mounted drive, and the given mishaps, ready to be worked on. */
function onHost(mishaps: Mishap[], use: (story: Story) => Promise<void>): Promise<void> {
  const facts = storageNode({ name, mounted: { '0000:5f:00.0': '/data' } })
  return withFleet([{ name, facts, mishaps }], declared, async (simulated) => {
    const [host] = simulated.fleet.hosts
    assert.ok(host)
    await use({ ...simulated, host, before: facts })
  })
}

async function planned(story: Story, facts = story.host.facts): Promise<HostPlan> {
  const [declaration] = story.declarations
  assert.ok(declaration)
  return planHost({ declaration, facts, stamp })
}

async function carriedOut(
  story: Story,
  plan: HostPlan,
): Promise<{ result: TransactionResult; events: string[] }> {
  const events: string[] = []
  const onEvent = (event: StepEvent) => {
    if (event.kind === 'step' && event.progress !== 'begin')
      events.push(`${event.direction} ${event.step} ${event.progress}`)
  }
  const program = programOf(plan, { nonce: 'f00d', run: 'run-1', holder: 'ops@desk, run-1', users: [] })
  const result = await connected(story, name, (connection, { ssh }) =>
    runTransaction(connection, program, {
      become: resolveBecome(ssh.become, connection.user),
      timeoutMs: 10_000,
      onEvent,
    }),
  )
  return { result, events }
}

const actionsOf = (plan: HostPlan) => plan.steps.map(({ action }) => action)
const idOf = (plan: HostPlan, kind: string) => {
  const step = plan.steps.find((one) => one.kind === kind)
  assert.ok(step, `the plan has no step ${kind}`)
  return step.id
}
/** What a probe that asks for no users says of these facts. */
const asProbed = (facts: HostFacts): HostFacts => ({ ...facts, users: {} })

describe('a simulated host', () => {
  it('ends as the plan predicts, and has nothing to do the second time', () =>
    onHost([], async (story) => {
      const plan = await planned(story)
      const expected = asProbed(predict(story.before, actionsOf(plan)))
      const { result, events } = await carriedOut(story, plan)
      assert.deepEqual(result, { outcome: 'applied', facts: { kind: 'seen', facts: expected } })
      assert.deepEqual(
        events,
        plan.steps.map(({ id }) => `forward ${id} done`),
      )
      assert.deepEqual(await probe(story, name), expected)
      assert.equal((await planned(story)).outcome, 'in_sync')
      assert.notDeepEqual(expected, asProbed(story.before))
    }))

  it('gives everything back on release, mounts and all', () =>
    onHost([], async (story) => {
      const [declaration] = story.declarations
      assert.ok(declaration)
      await carriedOut(story, await planned(story))
      const back = planHost({
        declaration: released(declaration, story.host.facts),
        facts: story.host.facts,
        stamp,
      })
      assert.ok(back.steps.some(({ kind }) => kind === 'mount'))
      const { result } = await carriedOut(story, back)
      assert.equal(result.outcome, 'applied')
      assert.deepEqual(story.host.facts.drives, story.before.drives)
      assert.deepEqual(story.host.facts.mounts, story.before.mounts)
    }))

  it('says noop where it is so already, and takes only back what it did', () =>
    onHost(
      [{ kind: 'fails', at: { run: 'do', step: 'umount' }, message: 'target is busy' }],
      async (story) => {
        const plan = await planned(story)
        const pages = plan.steps.find(({ kind }) => kind === 'hugepages')
        assert.ok(pages)
        story.host.facts = predict(story.host.facts, [pages.action])
        const { result, events } = await carriedOut(story, plan)
        assert.equal(result.outcome, 'rolled_back')
        assert.ok(events.includes(`forward ${pages.id} noop`))
        assert.ok(!events.some((event) => event.startsWith(`back ${pages.id} `)))
        assert.deepEqual(story.host.facts, predict(story.before, [pages.action]))
      },
    ))

  for (const kind of ['module', 'hugepages', 'umount', 'record', 'override', 'unbind', 'bind'] as const) {
    it(`takes everything back when a step of kind ${kind} fails`, () =>
      onHost(
        [{ kind: 'fails', at: { run: 'do', step: kind }, message: 'Invalid argument' }],
        async (story) => {
          const plan = await planned(story)
          const { result } = await carriedOut(story, plan)
          assert.ok(result.outcome === 'rolled_back', JSON.stringify(result))
          assert.deepEqual(result.failed, {
            id: idOf(plan, kind),
            kind,
            how: 'failed',
            message: 'Invalid argument',
          })
          assert.deepEqual(result.facts, { kind: 'seen', facts: asProbed(story.before) })
          assert.deepEqual(story.host.facts, story.before)
        },
      ))
  }

  it('fails at the one step that is named by its id', () =>
    onHost([{ kind: 'fails', at: { run: 'do', step: 2 }, message: 'no' }], async (story) => {
      const { result } = await carriedOut(story, await planned(story))
      assert.ok(result.outcome === 'rolled_back' && result.failed.id === 2, JSON.stringify(result))
    }))

  it('ends as failed when the way back is barred too', () =>
    onHost(
      [
        { kind: 'fails', at: { run: 'do', step: 'bind' }, message: 'Invalid argument' },
        { kind: 'fails', at: { run: 'undo', step: 'bind' }, message: 'Device or resource busy' },
      ],
      async (story) => {
        const plan = await planned(story)
        const { result, events } = await carriedOut(story, plan)
        assert.ok(result.outcome === 'failed', JSON.stringify(result))
        assert.match(result.message, /^the undo of step \d+ \(bind\) failed: Device or resource busy$/)
        assert.ok(events.includes(`back ${idOf(plan, 'unbind')} failed`))
        const lost = story.host.facts.drives.filter(({ driver }) => driver.state === 'absent')
        assert.equal(lost.length, 1)
      },
    ))

  it('reports a write that hangs, and does not look at that drive any more', () =>
    onHost(
      [{ kind: 'hangs', at: { run: 'do', step: 'unbind' }, message: 'held by PID 812' }],
      async (story) => {
        const plan = await planned(story)
        const { result, events } = await carriedOut(story, plan)
        assert.ok(result.outcome === 'failed' && result.facts.kind === 'none', JSON.stringify(result))
        assert.deepEqual(result.failed, {
          id: idOf(plan, 'unbind'),
          kind: 'unbind',
          how: 'hung',
          message: 'held by PID 812',
        })
        assert.ok(events.includes(`back ${idOf(plan, 'unbind')} failed`))
      },
    ))

  it('finishes by itself when the connection is lost, and can be reached again', () =>
    onHost([{ kind: 'loses_connection', after: { run: 'do', step: 'umount' } }], async (story) => {
      const plan = await planned(story)
      const { result } = await carriedOut(story, plan)
      assert.ok(result.outcome === 'lost', JSON.stringify(result))
      while (story.host.facts.lock.state === 'known') await setImmediate()
      assert.deepEqual(await probe(story, name), asProbed(predict(story.before, actionsOf(plan))))
    }))

  it('is slow if it is told to be, and no less right', () =>
    onHost([{ kind: 'slow', ms: 5 }], async (story) => {
      const plan = await planned(story)
      const { result } = await carriedOut(story, plan)
      assert.equal(result.outcome, 'applied')
    }))

  it('refuses a program that was made for another state of its drives', () =>
    onHost([], async (story) => {
      const plan = await planned(story)
      const now = storageNode({ name, serials: { '0000:5e:00.0': 'SWAPPED' } })
      story.host.facts = now
      const { result } = await carriedOut(story, plan)
      assert.ok(result.outcome === 'refused' && result.message.includes('SWAPPED'), JSON.stringify(result))
      assert.equal(story.host.facts.drives, now.drives)
    }))

  it('lets nobody in while somebody else has the lock', () =>
    onHost([], async (story) => {
      story.host.facts = { ...story.host.facts, lock: known('eve@desk, run-0') }
      const { result } = await carriedOut(story, await planned(story))
      assert.deepEqual(result, { outcome: 'locked', holder: 'eve@desk, run-0' })
      assert.equal(story.host.facts.drives, story.before.drives)
    }))
})

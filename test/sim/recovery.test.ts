import assert from 'node:assert/strict'
import { attachRun } from '../../src/apply/attach.ts'
import { readLock, removeLock } from '../../src/apply/lock.ts'
import { programOf } from '../../src/apply/program-of.ts'
import { takeBack, toTakeBack } from '../../src/apply/take-back.ts'
import { runTransaction } from '../../src/apply/transaction.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { known } from '../../src/probe/fact.ts'
import type { Mishap } from '../../src/sim/mishaps.ts'
import { storageNode } from '../../src/sim/storage-node.ts'
import type { Connection } from '../../src/transport/transport.ts'
import { connected, probe, type Simulated, withFleet } from './simulated.ts'

const name = 'stor-01'
const declared = `
hugepages: { 2M: { node0: 512 } }
in_use: release
devices:
  spdk: ["0000:5e:00.0", "0000:5f:00.0"]
`
const options = { become: 'none', timeoutMs: 10_000, host: name, onEvent: () => {} } as const

/** A run on a host to which these mishaps happen, and then another connection to it. */
function afterRun(
  mishaps: Mishap[],
  use: (story: {
    simulated: Simulated
    connection: Connection
    outcome: string
    program: ReturnType<typeof programOf>
    before: ReturnType<typeof storageNode>
  }) => Promise<void>,
): Promise<void> {
  const before = storageNode({ name, mounted: { '0000:5f:00.0': '/data' } })
  return withFleet([{ name, facts: before, mishaps }], declared, async (simulated) => {
    const [declaration] = simulated.declarations
    assert.ok(declaration)
    const plan = planHost({ declaration, facts: before, stamp: { id: 'r1', at: '2026-01-01T00:00:00.000Z' } })
    const program = programOf(plan, { nonce: 'f00d', run: 'r1', holder: 'ops@desk, r1', users: [] })
    const { outcome } = await connected(simulated, name, (connection) =>
      runTransaction(connection, program, options),
    )
    await connected(simulated, name, (connection) => use({ simulated, connection, outcome, program, before }))
  })
}

const bare = (facts: object) => ({ ...facts, users: {}, bootId: null })

describe('a run on a simulated host', () => {
  it('is followed to its end by who attaches after the connection was lost', () =>
    afterRun(
      [
        { kind: 'slow', ms: 20 },
        { kind: 'loses_connection', after: { run: 'do', step: 'umount' } },
      ],
      async ({ connection, outcome, program }) => {
        assert.equal(outcome, 'lost')
        const events: string[] = []
        const result = await attachRun(connection, {
          ...options,
          run: 'r1',
          program,
          onEvent: (event) => event.kind === 'step' && events.push(`${event.step} ${event.progress}`),
        })
        assert.equal(result.outcome, 'applied')
        assert.deepEqual(
          events,
          program.steps.flatMap(({ id }) => [`${id} begin`, `${id} done`]),
        )
      },
    ))

  for (const boots of [false, true]) {
    it(`is taken back after ${boots ? 'a power cut' : 'its agent was killed'}`, () =>
      afterRun(
        [{ kind: 'dies', after: { run: 'do', step: 'unbind' }, boots }],
        async ({ simulated, connection, outcome, before }) => {
          assert.equal(outcome, 'lost')
          const { unfinished } = await probe(simulated, name)
          assert.ok(unfinished.state === 'known')
          assert.deepEqual(
            unfinished.value.map(({ run, agent }) => [run, agent]),
            [['r1', boots ? 'other_boot' : 'gone']],
          )
          const run = await attachRun(connection, { ...options, run: 'r1' })
          assert.ok(run.outcome === 'abandoned')
          const result = await takeBack(connection, run.program, {
            ...options,
            steps: toTakeBack(run),
            holder: 'ops mends',
          })
          assert.ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
          assert.deepEqual(bare(result.facts.facts), bare(before))
          assert.equal((await attachRun(connection, { ...options, run: 'r1' })).outcome, 'taken_back')
          assert.deepEqual((await probe(simulated, name)).unfinished, known([]))
        },
      ))
  }

  it('is taken back after its end', () =>
    afterRun([], async ({ connection, outcome, program, before }) => {
      assert.equal(outcome, 'applied')
      const steps = program.steps.map(({ id }) => id)
      const result = await takeBack(connection, program, { ...options, steps, holder: 'ops' })
      assert.ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
      assert.deepEqual(bare(result.facts.facts), bare(before))
    }))

  it('is unknown where it never was', () =>
    afterRun([], async ({ connection }) => {
      assert.deepEqual(await attachRun(connection, { ...options, run: 'r2' }), { outcome: 'unknown_run' })
    }))

  it('has a lock that is removed only when nobody is at work', () =>
    afterRun([], async ({ simulated, connection }) => {
      assert.equal(await readLock(connection, options), null)
      const [host] = simulated.fleet.hosts
      assert.ok(host)
      host.facts = { ...host.facts, lock: known('ann@laptop') }
      const lock = await readLock(connection, options)
      assert.deepEqual([lock?.holder, lock?.alive], ['ann@laptop', false])
      assert.equal((await removeLock(connection, options)).kind, 'removed')
      assert.equal(await readLock(connection, options), null)
    }))
})

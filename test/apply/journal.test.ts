import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { attemptId, runOf } from '../../src/apply/attempt.ts'
import { restoredResult, storedResult } from '../../src/apply/journal/entry.ts'
import { isRunId, runFolder } from '../../src/apply/journal/folder.ts'
import { appendTo, newJournal, type RunHead } from '../../src/apply/journal/journal.ts'
import { factsBefore, readRun, runIds } from '../../src/apply/journal/read-runs.ts'
import { ProvisionError } from '../../src/errors.ts'
import type { HostResult } from '../../src/events/events.ts'
import { sealPlan } from '../../src/plan/saved-plan.ts'
import { encodeBytes } from '../../src/probe/bytes.ts'
import { declaration } from '../support/declaration.ts'
import { fleet, stamp } from '../support/plans.ts'
import '../support/state-folder.ts'

const [first, second] = fleet(2)
if (first === undefined || second === undefined) throw new Error('no fleet')
const id = '20261124-220401-9f3a'
const head: RunHead = {
  format: 1,
  id,
  command: 'apply',
  at: '2026-11-24T22:04:01Z',
  by: 'ops@bastion',
  madeBy: '0.1.0',
  file: '/etc/provision/hosts.yaml',
  transport: 'ssh2',
}
const hosts = [first, second].map(({ plan }) => ({
  declaration: { ...declaration({}), name: plan.name, address: plan.address },
  plan,
}))
const sealed = () => sealPlan({}, { madeBy: '0.1.0', ...stamp, hosts })

describe('the journal of a run', () => {
  beforeEach(() => rmSync(runFolder(id), { recursive: true, force: true }))
  after(() => rmSync(runFolder(id), { recursive: true, force: true }))

  it('tells how each host fared, and which was left in the middle', () => {
    const journal = newJournal(head, sealed())
    journal.begin(first.plan.name, id, first.facts)
    journal.begin(second.plan.name, id, second.facts)
    journal.end({ kind: 'applied', plan: first.plan, noops: 1, steps: 10 }, first.plan.name, id)
    const run = readRun(id, '0.1.0')
    assert.deepEqual(run.head, head)
    assert.deepEqual(
      run.hosts.map(({ name, last }) => [name, last?.result?.kind]),
      [
        [first.plan.name, 'applied'],
        [second.plan.name, undefined],
      ],
    )
    assert.ok(isDeepStrictEqual(factsBefore(run, second.plan.name), second.facts))
    assert.ok(runIds().includes(id))
  })

  it('takes an end for that of its own attempt, and none for one that touched nothing', () => {
    const journal = newJournal(head, sealed())
    const { name } = first.plan
    const locked: HostResult = { kind: 'locked', plan: first.plan, holder: 'somebody' }
    journal.begin(name, id, first.facts)
    journal.end({ kind: 'applied', plan: first.plan, noops: 0, steps: 3 }, name, id)
    // A rollback that met a lock: what the run did is owed as before.
    journal.begin(name, id, null, 'back')
    journal.end(locked, name, id)
    const [owed] = readRun(id, null).hosts
    assert.equal(owed?.last?.result?.kind, 'applied')
    assert.equal(owed?.last?.direction, 'forward')
    appendTo(runFolder(id), id).begin(name, attemptId(id, 2), first.facts)
    const [begun] = readRun(id, null).hosts
    assert.equal(begun?.last?.attempt, `${id}_2`)
    assert.equal(begun?.last?.result, null)
    // The end of another attempt, told late by a second resume, is not that of this one.
    journal.end({ kind: 'applied', plan: first.plan, noops: 0, steps: 3 }, name, id)
    assert.equal(readRun(id, null).hosts[0]?.last?.result, null)
  })

  it('is read up to a last line that was cut off', () => {
    const journal = newJournal(head, sealed())
    journal.begin(first.plan.name, id, first.facts)
    appendFileSync(join(runFolder(id), 'hosts.ndjson'), '{"type":"ended","host":"')
    assert.equal(readRun(id, null).hosts[0]?.last?.result, null)
    // Whoever goes on does not write behind half a line.
    appendTo(runFolder(id), id).end(
      { kind: 'applied', plan: first.plan, noops: 0, steps: 3 },
      first.plan.name,
      id,
    )
    assert.equal(readRun(id, null).hosts[0]?.last?.result?.kind, 'applied')
  })

  it('keeps host names and facts whatever bytes they hold, readable by nobody else', () => {
    const journal = newJournal(head, sealed())
    const odd = '../../etc/\u001b[31m host'
    const facts = { ...first.facts, kernelName: encodeBytes('\udcff x').toString('latin1') }
    journal.begin(odd, id, facts)
    assert.ok(isDeepStrictEqual(factsBefore(readRun(id, null), odd), facts))
    for (const file of ['run.json', 'plan.json', 'hosts.ndjson'])
      assert.equal(statSync(join(runFolder(id), file)).mode & 0o077, 0, file)
  })

  it('refuses a plan that somebody has changed since', () => {
    newJournal(head, sealed())
    const file = join(runFolder(id), 'plan.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace(first.plan.name, 'other'))
    assert.throws(() => readRun(id, null), { code: 'PLAN_FILE_CHANGED' })
  })

  it('refuses a run that it does not know, and a name that is none', () => {
    for (const wrong of ['20261124-220401-0000', '../../etc', ''])
      assert.throws(() => readRun(wrong, null), { code: 'RUN_UNKNOWN' })
  })

  it('is refused before any host is touched where it cannot be written', () => {
    const state = process.env.XDG_STATE_HOME
    process.env.XDG_STATE_HOME = '/dev/null/nowhere'
    try {
      assert.throws(() => newJournal(head, sealed()), { code: 'JOURNAL_UNWRITABLE' })
    } finally {
      process.env.XDG_STATE_HOME = state
    }
  })
})

describe('ids of attempts', () => {
  it('belong to their run', () => {
    for (const n of [1, 2, 11]) assert.equal(runOf(attemptId(id, n)), id)
    assert.ok(isRunId(id))
    assert.ok(!isRunId(attemptId(id, 2)))
  })
})

describe('a result in the journal', () => {
  const error = new ProvisionError('NOT_VERIFIED', 'it is not so', { host: 'a', step: 3, hint: 'look' })
  const { plan } = first
  const results: HostResult[] = [
    { kind: 'applied', plan, noops: 1, steps: 9 },
    { kind: 'rolled_back', plan, undone: 2, failure: { id: 3, summary: 'x', message: 'y' } },
    { kind: 'taken_back', plan, undone: 2, notes: ['written to'] },
    {
      kind: 'failed',
      plan,
      failure: null,
      error,
      differences: [{ subject: 'a', expected: 'b', actual: 'c' }],
    },
    { kind: 'stale', plan, error },
    { kind: 'locked', plan, holder: 'somebody' },
    { kind: 'untouched', plan, outcome: 'skipped' },
    { kind: 'unreachable', name: 'a', address: 'b', error },
  ]
  for (const result of results)
    it(`${result.kind} comes back as it was`, () => {
      const stored = JSON.parse(JSON.stringify(storedResult(result)))
      assert.ok(!('plan' in stored))
      assert.deepEqual(restoredResult(stored, plan), result)
    })
})

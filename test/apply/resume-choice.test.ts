import assert from 'node:assert/strict'
import type { StoredResult } from '../../src/apply/journal/entry.ts'
import type { RecordedHost } from '../../src/apply/journal/read-runs.ts'
import { type ResumeChoice, resumeChoice } from '../../src/apply/resume-choice.ts'
import { declaration } from '../support/declaration.ts'
import { scenarios } from '../support/plans.ts'

type Last = NonNullable<RecordedHost['last']>

const failure = { id: 3, summary: 'x', message: 'y' }
const failed = (code: string): StoredResult => ({
  kind: 'failed',
  failure: null,
  error: { code, message: '' },
  differences: [],
})
const ended = (result: StoredResult | null, direction: Last['direction'] = 'forward'): Last => ({
  attempt: 'a',
  direction,
  at: '',
  result,
})

const rows: [what: string, last: Last | null, plainly: ResumeChoice, retrying: ResumeChoice][] = [
  ['was never begun', null, 'begin', 'begin'],
  ['was left in the middle', ended(null), 'settle', 'settle'],
  ['was left in the middle of a rollback', ended(null, 'back'), 'finish_rollback', 'finish_rollback'],
  ['lost its connection', ended(failed('CONNECTION_LOST')), 'settle', 'settle'],
  ['answered nonsense', ended(failed('APPLY_MALFORMED')), 'settle', 'settle'],
  ['lost it on the way back', ended(failed('CONNECTION_LOST'), 'back'), 'finish_rollback', 'finish_rollback'],
  ['is done', ended({ kind: 'applied', noops: 0, steps: 3 }), 'leave', 'leave'],
  [
    'was taken back by an earlier resume',
    ended({ kind: 'taken_back', undone: 3, notes: [] }),
    'begin',
    'begin',
  ],
  ['was taken back', ended({ kind: 'taken_back', undone: 3, notes: [] }, 'back'), 'leave', 'leave'],
  ['rolled back', ended({ kind: 'rolled_back', undone: 2, failure }), 'leave', 'begin'],
  ['failed', ended(failed('NOT_VERIFIED')), 'leave', 'begin'],
  ['was locked', ended({ kind: 'locked', holder: 'x' }), 'begin', 'begin'],
]

describe('a host of a run that is resumed', () => {
  const { plan } = scenarios.mountedReleased()
  const host = (last: Last | null): RecordedHost => ({
    name: 'a',
    saved: { declaration: declaration({}), plan },
    attempts: last === null ? 0 : 1,
    last,
  })

  for (const [what, last, plainly, retrying] of rows)
    it(`that ${what}: ${plainly}, with --retry-failed ${retrying}`, () => {
      assert.equal(resumeChoice(host(last), false), plainly)
      assert.equal(resumeChoice(host(last), true), retrying)
    })

  it('that had nothing to do is left', () => {
    const inSync = { ...host(null), saved: { declaration: declaration({}), plan: scenarios.inSync().plan } }
    assert.equal(resumeChoice(inSync, true), 'leave')
  })
})

import type { HostOutcome, HostResult } from '../events/events.ts'
import { outcomeOf } from '../events/outcome.ts'
import { groupBy } from './group.ts'
import { foldNames } from './host-names.ts'
import { isTrouble, outcomeWords } from './host-outcome.ts'
import { openPage, type Page, type View } from './layout/page.ts'
import { table } from './layout/table.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { failureKey, failureLines, hostOf, isFailure } from './result-failure.ts'
import { count } from './words.ts'

/** The recap of a run: hosts that fared the same in one row, then each failure in full, then a summary. */
export function renderResults(results: HostResult[], view: View): string {
  const page = openPage(view)
  const failures = groupBy(results.filter(isFailure), failureKey).flatMap((group) => [
    ...failureLines(group, page),
    '',
  ])
  const recap = results.length === 0 ? [] : [...recapLines(results, page), '']
  return `${[...recap, ...noteLines(results, page), ...failures, summary(results, page)].join('\n')}\n`
}

/** A rollback that was asked for is no trouble. */
function needsPerson(result: HostResult): boolean {
  return result.kind !== 'taken_back' && isTrouble(outcomeOf(result))
}

/** What a rollback could not bring back, by host. */
function noteLines(results: HostResult[], { width }: Page): string[] {
  const lines = results.flatMap((result) =>
    result.kind === 'taken_back'
      ? result.notes.flatMap((note) =>
          wrap(printable(`${hostOf(result).name}: ${note}.`), { width, indent: 2 }),
        )
      : [],
  )
  return lines.length === 0 ? [] : ['What no rollback brings back:', ...lines, '']
}

function recapLines(results: HostResult[], page: Page): string[] {
  const groups = groupBy(results, (result) => `${outcomeOf(result)}\n${whatHappened(result)}`)
  const rows = groups.map((group) => {
    const outcome = outcomeOf(group[0])
    return [
      { text: outcomeWords[outcome], paint: needsPerson(group[0]) ? page.paint.red : page.paint.green },
      whatHappened(group[0]),
      count(group.length, 'host'),
      foldNames(group.map((result) => hostOf(result).name))
        .map(printable)
        .join(', '),
    ]
  })
  const columns = [{}, { min: 12 }, { align: 'right' }, { min: 12 }] as const
  return table(rows, [...columns], { width: page.width })
}

function whatHappened(result: HostResult): string {
  switch (result.kind) {
    case 'applied': {
      const already = result.noops === 0 ? '' : `, ${result.noops} already so`
      return `${count(result.steps, 'step')}${already}`
    }
    case 'rolled_back':
      return `step ${result.failure.id} failed, ${result.undone} taken back`
    case 'taken_back':
      return `${count(result.undone, 'step')} taken back`
    case 'failed':
      return result.failure === null ? result.error.code : `step ${result.failure.id} failed`
    case 'unreachable':
    case 'stale':
      return result.error.code
    case 'locked':
      return 'nothing touched'
    case 'untouched':
      return result.outcome === 'in_sync' ? 'nothing to do' : 'nothing touched'
  }
}

/** Outcomes in the order of the summary; the first is always told. */
const counted = [
  'applied',
  'in_sync',
  'rolled_back',
  'failed',
  'stale',
  'interrupted',
  'locked',
  'blocked',
  'unreachable',
  'skipped',
] as const satisfies HostOutcome[]

function summary(results: HostResult[], { paint, width }: Page): string {
  const numbers = counted.map((outcome) => ({
    outcome,
    n: results.filter((result) => outcomeOf(result) === outcome).length,
  }))
  const trouble = results.some(needsPerson)
  const told = numbers.filter(({ outcome, n }) => n > 0 || outcome === 'applied' || outcome === 'failed')
  if (results.length === 0) return 'No hosts.'
  if (!trouble && results.some(({ kind }) => kind === 'taken_back')) {
    const back = results.filter(({ kind }) => kind === 'taken_back').length
    return `${paint.bold(paint.green('Rolled back.'))} ${count(back, 'host')} ${back === 1 ? 'is' : 'are'} as before the run.`
  }
  if (!trouble) {
    const changed = numbers[0]?.n ?? 0
    const all = `${count(results.length, 'host')} ${results.length === 1 ? 'is' : 'are'} as declared`
    return changed === 0
      ? `${paint.bold(paint.green('No changes.'))} ${all}.`
      : `${paint.bold(paint.green('Applied.'))} ${all}, ${changed} changed.`
  }
  const text = told.map(({ outcome, n }) => `${n} ${outcomeWords[outcome]}`).join(', ')
  return wrap(`Not done. ${count(results.length, 'host')}: ${text}.`, { width })
    .join('\n')
    .replace('Not done.', paint.bold(paint.red('Not done.')))
}

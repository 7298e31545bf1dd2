import type { HostResult, StepFailure } from '../events/events.ts'
import { outcomeOf } from '../events/outcome.ts'
import { quoted } from '../paste.ts'
import { errorLines, proseLines } from './error-lines.ts'
import { troubleKey } from './group.ts'
import { hostHeading } from './host-heading.ts'
import { outcomeWords } from './host-outcome.ts'
import type { Page } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { remedyLines } from './reason-lines.ts'
import { count } from './words.ts'

/** Name and address of the host that a result is about. */
export function hostOf(result: HostResult): { name: string; address: string } {
  return result.kind === 'unreachable' ? result : result.plan
}

/** A result that a person has to read about. */
export type Failure = Exclude<HostResult, { kind: 'applied' | 'untouched' | 'taken_back' }>

export function isFailure(result: HostResult): result is Failure {
  return result.kind !== 'applied' && result.kind !== 'untouched' && result.kind !== 'taken_back'
}

/** Failures with the same key can be told in one. A host that is neither as it was nor as declared stands alone. */
export function failureKey(result: Failure): string {
  const host = hostOf(result)
  switch (result.kind) {
    case 'unreachable':
    case 'stale':
      return `${result.kind} ${troubleKey({ ...host, error: result.error })}`
    case 'rolled_back':
      return JSON.stringify([result.kind, result.failure, result.undone])
    case 'locked':
      return `locked ${result.holder}`
    case 'failed':
      return `failed ${host.name}`
  }
}

/** Failures in full: the step, the host's own words, what was taken back, what to do. */
export function failureLines(failures: [Failure, ...Failure[]], page: Page): string[] {
  const { paint } = page
  const note = paint.red(outcomeWords[outcomeOf(failures[0])])
  return [...hostHeading(failures.map(hostOf), paint.red('!'), note, page), ...bodyLines(failures[0], page)]
}

function bodyLines(result: Failure, page: Page): string[] {
  switch (result.kind) {
    case 'unreachable':
    case 'stale':
      return errorLines(result.error, page, 4)
    case 'locked':
      return [
        ...proseLines(`Another run is at work there: ${result.holder}. Nothing was touched.`, page, 4),
        ...remedyLines(
          `Wait for it to end (\`--lock-timeout 600\` waits up to ten minutes). A lock whose run has died is taken over by the next one; \`provision unlock FILE ${quoted(result.plan.name)}\` shows who holds it.`,
          page,
          4,
        ),
      ]
    case 'rolled_back':
      return [
        ...stepLines(result.failure, page),
        ...proseLines(
          `${undoneWords(result.undone)} A probe afterwards shows the host as it was before.`,
          page,
          4,
        ),
        ...remedyLines(
          'Mend what stopped this step, then apply again; nothing is left to clean up.',
          page,
          4,
        ),
      ]
    case 'failed':
      return [
        ...(result.failure === null ? [] : stepLines(result.failure, page)),
        ...errorLines(result.error, page, 4),
        ...differenceLines(result, page),
      ]
  }
}

function stepLines({ id, summary, message }: StepFailure, page: Page): string[] {
  return [
    ...wrap(`Step ${id} failed: ${printable(summary)}`, { width: page.width, indent: 4 }),
    ...proseLines(message, page, 6),
  ]
}

const undoneWords = (undone: number) =>
  undone === 0
    ? 'Nothing had to be taken back.'
    : `${count(undone, 'step')} before it ${undone === 1 ? 'was' : 'were'} taken back.`

function differenceLines({ differences }: Extract<HostResult, { kind: 'failed' }>, page: Page): string[] {
  if (differences.length === 0) return []
  return [
    '    What differs:',
    ...differences.flatMap(({ subject, expected, actual }) =>
      wrap(printable(`${subject}: expected ${expected}, there is ${actual}`), {
        width: page.width,
        indent: 6,
      }),
    ),
  ]
}

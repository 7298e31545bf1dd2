import type { Phase } from '../../events/events.ts'
import { isTrouble, outcomeWords } from '../host-outcome.ts'
import { printable } from '../printable.ts'
import { count, duration } from '../words.ts'
import { type Board, finishedCount, type Work } from './board.ts'

const verbs: Record<Phase, { now: string; done: string }> = {
  probe: { now: 'Probing', done: 'Probed' },
  apply: { now: 'Applying', done: 'Applied to' },
}

/** `Probing 12/200 hosts`. */
export function headline(board: Board): string {
  return `${verbs[board.phase].now} ${finishedCount(board)}/${count(board.hosts, 'host')}`
}

/** `Probed 200 hosts in 12 s, 2 unreachable`: what stays on the screen once the phase is over. */
export function closingLine(board: Board, now: number): string {
  const done = finishedCount(board)
  const of = done === board.hosts ? '' : ` of ${board.hosts}`
  const took = `${verbs[board.phase].done} ${done}${of} ${done === 1 && of === '' ? 'host' : 'hosts'} in ${duration(now - board.since)}`
  return [took, ...outcomeCounts(board)].join(', ')
}

/** Whether the phase went well for every host. */
export function wentWell(board: Board): boolean {
  return board.troubled.length === 0 && finishedCount(board) === board.hosts
}

/**
 * `8 applied`, `2 failed`. After a probe only trouble is worth a word: what the others have to change is not known
 * before they are planned.
 */
export function outcomeCounts({ phase, finished }: Board): string[] {
  return [...finished]
    .filter(([outcome]) => phase !== 'probe' || isTrouble(outcome))
    .map(([outcome, n]) => `${n} ${outcomeWords[outcome]}`)
}

/** `stor-07: unmount /data (3 s)`. */
export function workLine(host: string, work: Work, now: number): string {
  const { step } = work
  const name = printable(host)
  const took = elapsed(now - (step ?? work).since)
  if (step !== null) return `${name}: ${stepWords(step)}${took}`
  return `${name}${took}`
}

/** A step in words, told apart from its undoing. */
export function stepWords({ run, summary }: { run: 'do' | 'undo'; summary: string }): string {
  return run === 'do' ? printable(summary) : `taking back: ${printable(summary)}`
}

/** Nobody waits for what takes less than a second. */
function elapsed(ms: number): string {
  return ms < 1000 ? '' : ` (${duration(ms)})`
}

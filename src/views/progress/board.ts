import type { Event, HostOutcome, Phase } from '../../events/events.ts'
import { isTrouble, outcomeWords } from '../host-outcome.ts'

/** How far one phase has come. Times are of the clock that the events were stamped with, in milliseconds. */
export interface Board {
  phase: Phase
  /** Hosts that the phase is about. */
  hosts: number
  since: number
  /** Hosts at work, the longest first. */
  active: ReadonlyMap<string, Work>
  /** How many hosts are through, by outcome. */
  finished: ReadonlyMap<HostOutcome, number>
  /** Hosts that somebody has to look at, in the order in which they ended. */
  troubled: readonly { host: string; what: string }[]
}

export interface Work {
  since: number
  step: { run: 'do' | 'undo'; summary: string; since: number } | null
  /** What the first step that failed had to say. */
  failure: string | null
}

export function newBoard(phase: Phase, hosts: number, now: number): Board {
  return { phase, hosts, since: now, active: new Map(), finished: new Map(), troubled: [] }
}

/** The board after an event. */
export function advance(board: Board, event: Event, now: number): Board {
  switch (event.type) {
    case 'host_started':
      return withWork(board, event.host, { since: now, step: null, failure: null })
    case 'step': {
      const work = board.active.get(event.host) ?? { since: now, step: null, failure: null }
      const { run, summary, state } = event
      const failed = state.state === 'failed' || state.state === 'hung'
      return withWork(board, event.host, {
        ...work,
        step: state.state === 'begin' ? { run, summary, since: now } : null,
        failure: work.failure ?? (failed ? `${summary}: ${state.message}` : null),
      })
    }
    case 'host_finished':
      return finish(board, event.host, event.outcome)
    case 'phase_started':
    case 'phase_finished':
    case 'note':
      return board
  }
}

/** Hosts that are through. */
export function finishedCount({ finished }: Board): number {
  return [...finished.values()].reduce((sum, n) => sum + n, 0)
}

function withWork(board: Board, host: string, work: Work): Board {
  return { ...board, active: new Map(board.active).set(host, work) }
}

function finish(board: Board, host: string, outcome: HostOutcome): Board {
  const active = new Map(board.active)
  const failure = active.get(host)?.failure ?? null
  active.delete(host)
  const finished = new Map(board.finished).set(outcome, (board.finished.get(outcome) ?? 0) + 1)
  if (!isTrouble(outcome)) return { ...board, active, finished }
  const what = failure === null ? outcomeWords[outcome] : `${outcomeWords[outcome]}: ${failure}`
  return { ...board, active, finished, troubled: [...board.troubled, { host, what }] }
}

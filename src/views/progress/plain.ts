import type { Event } from '../../events/events.ts'
import { isTrouble, outcomeWords } from '../host-outcome.ts'
import { printable } from '../printable.ts'
import { count } from '../words.ts'
import { advance, type Board, newBoard } from './board.ts'
import type { Progress } from './progress.ts'
import { closingLine, stepWords } from './words.ts'

/** One line an event, for logs and pipes: every step that is over, every host that is through. */
export function plainProgress(write: (text: string) => void, now: () => number): Progress {
  let board: Board | null = null
  return {
    emit(event) {
      if (event.type === 'phase_started') board = newBoard(event.phase, event.hosts, now())
      else if (board !== null) board = advance(board, event, now())
      const line = lineOf(event, board, now)
      if (line !== null) write(`${line}\n`)
    },
    suspended: (work) => work(),
    pause: async () => {},
    stop: async () => {},
  }
}

function lineOf(event: Event, board: Board | null, now: () => number): string | null {
  switch (event.type) {
    case 'phase_started':
      return `${event.phase === 'probe' ? 'Probing' : 'Applying to'} ${count(event.hosts, 'host')}`
    case 'phase_finished':
      return board === null ? null : closingLine(board, now())
    case 'host_started':
      return null
    case 'host_finished':
      return `${printable(event.host)}: ${finishedWords(event)}`
    case 'note':
      return noteLine(event)
    case 'step': {
      const { state } = event
      const step = `${printable(event.host)}: ${stepWords(event)} … `
      if (state.state === 'begin') return null
      if (state.state === 'noop') return `${step}already so`
      return (
        step + (state.state === 'done' ? 'done' : `${state.state.toUpperCase()}: ${printable(state.message)}`)
      )
    }
  }
}

/** What was probed is not planned yet: that it answered is all there is to say. */
function finishedWords({ phase, outcome }: Extract<Event, { type: 'host_finished' }>): string {
  return phase === 'probe' && !isTrouble(outcome) ? 'probed' : outcomeWords[outcome]
}

/** A note as a line of its own. */
export function noteLine({ host, message }: Extract<Event, { type: 'note' }>): string {
  return host === null ? printable(message) : `${printable(host)}: ${printable(message)}`
}

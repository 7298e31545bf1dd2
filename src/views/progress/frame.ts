import type { Paint } from '../layout/page.ts'
import { cut } from '../layout/width.ts'
import { printable } from '../printable.ts'
import { duration } from '../words.ts'
import type { Board } from './board.ts'
import { headline, outcomeCounts, workLine } from './words.ts'

/** What is on the screen at one moment: never more lines than the terminal has, none wider than it. */
export interface Frame {
  title: string
  lines: string[]
}

export interface Screen {
  columns: number
  rows: number
  paint: Paint
}

/** Hosts shown one by one; the others are counted. */
const MAX_HOST_ROWS = 5
/** Rows taken by the headline, the counts, the count of the others, and the cursor. */
const OTHER_ROWS = 4
/** Columns that listr2 puts before a line: its indentation and its icon. */
const MARGIN = 6

/** The frame for a board: the headline, a line of counts, then hosts in trouble and hosts at work. */
export function frameOf(board: Board, now: number, { columns, rows, paint }: Screen): Frame {
  const trim = (text: string) => cut(text, Math.max(10, columns - MARGIN))
  const room = Math.max(0, Math.min(MAX_HOST_ROWS, rows - OTHER_ROWS))
  // Trouble must not push out what is at work, nor the other way round.
  const troubles = Math.min(board.troubled.length, Math.max(Math.floor(room / 2), room - board.active.size))
  const shownTrouble = board.troubled.slice(board.troubled.length - troubles)
  const active = [...board.active].slice(0, room - shownTrouble.length)
  const hidden = board.active.size - active.length + board.troubled.length - shownTrouble.length
  const counts = [...outcomeCounts(board), `${board.active.size} at work`, duration(now - board.since)]
  const lines = [
    ...shownTrouble.map(({ host, what }) => paint.red(trim(`${printable(host)}: ${printable(what)}`))),
    ...active.map(([host, work]) => trim(workLine(host, work, now))),
    ...(hidden > 0 && rows >= OTHER_ROWS ? [paint.dim(trim(`and ${hidden} more`))] : []),
  ]
  return {
    title: trim(headline(board)),
    lines: [trim(counts.join(', ')), ...lines].slice(0, Math.max(0, rows - 2)),
  }
}

import type { Paint } from '../layout/page.ts'
import { advance, type Board, newBoard } from './board.ts'
import { type Display, openDisplay } from './display.ts'
import { type Frame, frameOf } from './frame.ts'
import { noteLine } from './plain.ts'
import type { Progress } from './progress.ts'
import type { ProgressStream } from './screen-guard.ts'
import { closingLine, wentWell } from './words.ts'

/**
 * Progress on a terminal: listr2 draws one task for the phase at work, never a task a host, which it cannot keep up
 * with. Between phases nothing is drawn and the terminal is free.
 */
export function liveProgress(stream: ProgressStream, paint: Paint, now: () => number): Progress {
  let board: Board | null = null
  let display: Display | null = null
  let suspensions = 0
  /** Displays end one after the other. */
  let ended: Promise<void> = Promise.resolve()

  function show(): void {
    if (board === null || display !== null || suspensions > 0) return
    display = openDisplay(ended, stream, paint, frameNow)
  }

  function frameNow(): Frame | null {
    const { columns = 80, rows = 24 } = stream
    return board === null ? null : frameOf(board, now(), { columns, rows, paint })
  }

  function hide(): Promise<void> {
    if (display !== null) ended = display.close()
    display = null
    return ended
  }

  function finish(): Promise<void> {
    if (board === null) return ended
    const mark = wentWell(board) ? paint.green('✔') : paint.yellow('!')
    const line = `${mark} ${closingLine(board, now())}\n`
    ended = hide().then(() => void stream.write(line))
    board = null
    return ended
  }

  return {
    emit(event) {
      if (event.type === 'phase_started') {
        finish()
        board = newBoard(event.phase, event.hosts, now())
        show()
      } else if (event.type === 'note') stream.write(`${noteLine(event)}\n`)
      else if (event.type === 'phase_finished') finish()
      else if (board !== null) board = advance(board, event, now())
    },
    async suspended(work) {
      suspensions += 1
      try {
        await hide()
        return await work()
      } finally {
        suspensions -= 1
        show()
      }
    },
    pause: finish,
    stop: finish,
  }
}

import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Event } from '../../src/events/events.ts'
import { paintOf } from '../../src/views/layout/page.ts'
import { widthOf } from '../../src/views/layout/width.ts'
import { advance, type Board, newBoard } from '../../src/views/progress/board.ts'
import { type Frame, frameOf } from '../../src/views/progress/frame.ts'
import { createProgress } from '../../src/views/progress.ts'
import { golden } from './golden.ts'
import { recordRun } from './recording.ts'

/** A stream that keeps what is written to it. */
class Screen extends Writable {
  text = ''
  #waiting: (() => void) | undefined
  readonly columns: number
  readonly rows: number
  readonly isTTY: boolean

  constructor({ isTTY, columns = 80, rows = 24 }: { isTTY: boolean; columns?: number; rows?: number }) {
    super({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        this.text += chunk
        this.#waiting?.()
        done()
      },
    })
    this.isTTY = isTTY
    this.columns = columns
    this.rows = rows
  }

  /** Resolves once this was written. */
  saw(what: RegExp): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = () => {
        if (what.test(this.text)) resolve()
      }
      this.#waiting()
    })
  }
}

type Size = { columns: number; rows: number }

/** The board after each event of a run. */
function boardsOf(hosts: number): { at: number; board: Board }[] {
  let board = newBoard('probe', 0, 0)
  return recordRun({ hosts, forks: 32 }).map(({ at, event }) => {
    if (event.type === 'phase_started') board = newBoard(event.phase, event.hosts, at)
    board = advance(board, event, at)
    return { at, board }
  })
}

const frameAt = ({ at, board }: { at: number; board: Board }, size: Size) =>
  frameOf(board, at, { ...size, paint: paintOf(false) })

const drawn = ({ title, lines }: Frame) => [title, ...lines].map((line) => `${line}\n`).join('')

describe('the frames of a run', () => {
  for (const [hosts, columns, rows] of [
    [1, 80, 24],
    [200, 80, 24],
    [200, 100, 30],
    [200, 40, 5],
  ] as const)
    it(`of ${hosts} hosts at ${columns}×${rows} are those of the golden file`, () => {
      const boards = boardsOf(hosts)
      const some = boards.filter((_, index) => index % Math.ceil(boards.length / 6) === 1)
      const shown = some.map((one) => `--- ${one.at} ms\n${drawn(frameAt(one, { columns, rows }))}`)
      golden(`progress-${hosts}-${columns}x${rows}.txt`, shown.join(''))
    })

  for (const [columns, rows] of [
    [80, 24],
    [20, 3],
    [120, 4],
    [80, 1],
  ] as const)
    it(`never outgrow a terminal of ${columns}×${rows}`, () => {
      for (const board of boardsOf(60)) {
        const frame = frameAt(board, { columns, rows })
        // One row is the cursor's, six columns are the display's own.
        assert.ok(frame.lines.length + 1 <= Math.max(1, rows - 1), drawn(frame))
        for (const line of [frame.title, ...frame.lines])
          assert.ok(widthOf(line) + 6 <= Math.max(columns, 16), line)
      }
    })
})

describe('progress without a terminal', () => {
  it('writes a line an event', async () => {
    const screen = new Screen({ isTTY: false })
    let now = 0
    const progress = createProgress({ stream: screen, color: false, quiet: false, now: () => now })
    for (const { at, event } of recordRun({ hosts: 17, forks: 4 })) {
      now = at
      progress.emit(event)
    }
    progress.emit({ type: 'note', host: 'stor-001', message: 'a stale lock\u001b[2J was taken over' })
    await progress.stop()
    golden('progress-plain.txt', screen.text)
  })

  it('writes nothing when it shall be quiet', async () => {
    const screen = new Screen({ isTTY: true })
    const progress = createProgress({ stream: screen, color: false, quiet: true })
    for (const { event } of recordRun({ hosts: 17, forks: 4 })) progress.emit(event)
    await progress.stop()
    assert.equal(screen.text, '')
  })
})

describe('progress on a terminal', () => {
  const start: Event[] = [
    { type: 'phase_started', phase: 'apply', hosts: 2 },
    { type: 'host_started', phase: 'apply', host: 'stor-01' },
  ]
  const end: Event[] = [
    { type: 'host_finished', phase: 'apply', host: 'stor-01', outcome: 'applied' },
    { type: 'host_finished', phase: 'apply', host: 'stor-02', outcome: 'applied' },
    { type: 'phase_finished', phase: 'apply' },
  ]
  const open = () => {
    const screen = new Screen({ isTTY: true })
    const progress = createProgress({ stream: screen, color: false, quiet: false, now: () => 0 })
    return { screen, progress }
  }
  /** What is left once every erase is carried out: the rows that stay on the screen. */
  const remaining = (text: string) => {
    const rows = ['']
    for (const [token] of text.matchAll(/\u001b\[\??\d*[a-zA-Z]|\n|[^\u001b\n]+/g)) {
      if (token === '\n') rows.push('')
      else if (token === '\u001b[2K') rows[rows.length - 1] = ''
      else if (token === '\u001b[1A') rows.pop()
      else if (!token.startsWith('\u001b')) rows[rows.length - 1] += token
    }
    return rows.filter((row) => row !== '')
  }

  it('leaves one line a phase, and the cursor', async () => {
    const { screen, progress } = open()
    for (const event of [...start, ...end]) progress.emit(event)
    await progress.stop()
    assert.deepEqual(remaining(screen.text), ['✔ Applied to 2 hosts in 0 s, 2 applied'])
    assert.ok(screen.text.lastIndexOf('\u001b[?25h') > screen.text.lastIndexOf('\u001b[?25l'))
  })

  it('draws the host at work', async () => {
    const { screen, progress } = open()
    for (const event of start) progress.emit(event)
    await screen.saw(/stor-01/)
    await progress.stop()
    const text = stripVTControlCharacters(screen.text)
    assert.match(text, /Applying 0\/2 hosts\n.*1 at work, 0 s\n.*stor-01\n/)
    assert.deepEqual(remaining(screen.text), ['! Applied to 0 of 2 hosts in 0 s'])
  })

  it('puts notes, and what others write, above the display', async () => {
    const { screen, progress } = open()
    for (const event of start) progress.emit(event)
    await screen.saw(/stor-01/)
    progress.emit({ type: 'note', host: 'stor-01', message: 'a stale lock was taken over' })
    screen.write('a warning from elsewhere')
    await screen.saw(/elsewhere\n.*Applying/)
    await progress.stop()
    assert.deepEqual(remaining(screen.text), [
      'stor-01: a stale lock was taken over',
      'a warning from elsewhere',
      '! Applied to 0 of 2 hosts in 0 s',
    ])
  })

  it('is off the screen while somebody is asked, and goes on afterwards', async () => {
    const { screen, progress } = open()
    for (const event of start) progress.emit(event)
    const during = await progress.suspended(async () => remaining(screen.text))
    assert.deepEqual(during, [])
    const length = screen.text.length
    for (const event of end) progress.emit(event)
    await progress.stop()
    assert.match(stripVTControlCharacters(screen.text.slice(length)), /Applying/)
  })

  it('leaves Ctrl-C and the stream to their owner', async () => {
    const { screen, progress } = open()
    const { write } = screen
    const listeners = (['SIGINT', 'SIGTERM', 'exit'] as const).map((name) => process.listenerCount(name))
    for (const event of [...start, ...end]) progress.emit(event)
    await progress.stop()
    await progress.stop()
    assert.equal(screen.write, write)
    assert.deepEqual(
      (['SIGINT', 'SIGTERM', 'exit'] as const).map((name) => process.listenerCount(name)),
      listeners,
    )
  })
})

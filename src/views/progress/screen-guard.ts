import { createWritable, ProcessOutput } from 'listr2'

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'

/** A stream as progress needs it; `columns` and `rows` are there on a terminal. */
export type ProgressStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number }

/**
 * Keeps one display and everybody else who writes to its stream apart: what others write while the display is up is
 * put above it with its next frame, complete and in order. listr2's own way is to hold all of it back to the end, where
 * it is lost if the process dies.
 */
export class ScreenGuard extends ProcessOutput {
  readonly #stream: ProgressStream
  readonly #write: (text: string) => unknown
  readonly #original: ProgressStream['write']
  #above = ''

  constructor(stream: ProgressStream) {
    const sink = createWritable(() => {}) as NodeJS.WriteStream
    super(sink, sink)
    this.#stream = stream
    this.#original = stream.write
    this.#write = (text) => this.#original.call(stream, text)
  }

  /** The stream that frames are written to. */
  override get stdout(): NodeJS.WriteStream {
    const frames = createWritable((frame) => this.#write(this.#placeAbove(frame)))
    // Asked anew for each frame: a terminal may be resized.
    return Object.defineProperties(frames, {
      columns: { get: () => this.#stream.columns ?? 80 },
      rows: { get: () => this.#stream.rows ?? 24 },
    }) as NodeJS.WriteStream
  }

  override hijack(): void {
    this.#write(HIDE_CURSOR)
    this.#stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      this.#fromOutside(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
      const done = rest.at(-1)
      if (typeof done === 'function') process.nextTick(done)
      return true
    }
    process.once('exit', this.#leave)
  }

  override release(): void {
    process.off('exit', this.#leave)
    this.#leave()
  }

  override toStdout(text: string, eol = true): boolean {
    this.#write(eol ? `${text}\n` : text)
    return true
  }

  readonly #leave = (): void => {
    this.#stream.write = this.#original
    this.#write(`${this.#above}${SHOW_CURSOR}`)
    this.#above = ''
  }

  /** listr2's helpers hide the cursor before each frame, and show it when a signal ends the process. */
  #fromOutside(text: string): void {
    if (text === SHOW_CURSOR) this.#write(text)
    else if (text !== HIDE_CURSOR) this.#above += text.endsWith('\n') ? text : `${text}\n`
  }

  /** A frame begins by erasing the one before; there, between the two, is the place for everything else. */
  #placeAbove(frame: string): string {
    const erased = /^(?:\u001b\[(?:2K|1A|G))*/.exec(frame)?.[0] ?? ''
    const above = this.#above
    this.#above = ''
    return erased + above + frame.slice(erased.length)
  }
}

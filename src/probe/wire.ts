import { decodeBytes } from './bytes.ts'

/**
 * The one line format in which a host talks to us, for facts and for the progress of steps:
 *
 *     provision-begin <TAB> NONCE
 *     SUBJECT <TAB> ATTRIBUTE <TAB> STATE <TAB> VALUE
 *     …
 *     provision-end <TAB> NONCE <TAB> COUNT
 *
 * STATE is `=` (known), `-` (absent) or `!` (unreadable, VALUE says why). VALUE runs to the end of the line and may
 * hold any byte but newline. Whatever a noisy login profile prints before the begin line is skipped; without the
 * end line, or with another COUNT of lines, the answer was cut short and nothing in it is used as facts.
 */
export interface WireLine {
  subject: string
  attribute: string
  state: '=' | '-' | '!'
  value: string
}

export type WireEnd =
  | { kind: 'complete' }
  /** No begin line: the script never ran. `noise` is what came instead (at most 2 KiB). */
  | { kind: 'not_begun'; noise: string }
  /** It began and was cut short. */
  | { kind: 'truncated'; lines: number }
  /** A line that is not of the format: something else wrote into the stream, or the host lies. */
  | { kind: 'malformed'; line: string }

/** A host may not make us hold more than this of one line. */
const MAX_LINE_BYTES = 1 << 20
/** Nor so many of them: the largest host has 20,000, and each costs more here than on the wire. */
const MAX_LINES = 250_000
const NOISE_BYTES = 2048

/** Cuts a byte stream into wire lines as they arrive. Feed it chunks; ask `end()` once the stream is over. */
export class WireReader {
  #pending: Buffer = Buffer.alloc(0)
  #noise = ''
  #phase: 'before' | 'within' | 'after' = 'before'
  #lines = 0
  /** Bytes before the answer. */
  #skipped = 0
  #malformed: string | undefined
  readonly #nonce: string
  readonly #onLine: (line: WireLine) => void

  constructor(nonce: string, onLine: (line: WireLine) => void) {
    this.#nonce = nonce
    this.#onLine = onLine
  }

  push(chunk: Buffer): void {
    if (this.#malformed !== undefined || this.#phase === 'after') return
    let data = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10)) {
      this.#take(data.subarray(0, at))
      data = data.subarray(at + 1)
    }
    this.#pending = data
    if (data.length > MAX_LINE_BYTES) this.#malformed = `a line of over ${MAX_LINE_BYTES} bytes`
  }

  /** How the stream ended. Only `complete` may be turned into facts. */
  end(): WireEnd {
    if (this.#malformed !== undefined) return { kind: 'malformed', line: this.#malformed }
    if (this.#phase === 'after') return { kind: 'complete' }
    if (this.#phase === 'within') return { kind: 'truncated', lines: this.#lines }
    return {
      kind: 'not_begun',
      noise: (this.#noise + decodeBytes(this.#pending)).slice(0, NOISE_BYTES).trim(),
    }
  }

  #take(bytes: Buffer): void {
    if (this.#malformed !== undefined || this.#phase === 'after') return
    if (this.#phase === 'before') {
      this.#skipped += bytes.length + 1
      if (this.#skipped > MAX_LINE_BYTES) {
        this.#malformed = `over ${MAX_LINE_BYTES} bytes before the answer`
        return
      }
    }
    const text = decodeBytes(bytes)
    if (this.#phase === 'before') {
      if (text.endsWith(`provision-begin\t${this.#nonce}`)) this.#phase = 'within'
      else if (this.#noise.length < NOISE_BYTES) this.#noise += `${text.slice(0, NOISE_BYTES)}\n`
      return
    }
    if (text.startsWith('provision-end\t')) {
      if (text === `provision-end\t${this.#nonce}\t${this.#lines}`) this.#phase = 'after'
      else this.#malformed = text.slice(0, 200)
      return
    }
    const line = parseLine(text)
    if (line === undefined) {
      this.#malformed = text.slice(0, 200)
      return
    }
    this.#lines += 1
    if (this.#lines > MAX_LINES) this.#malformed = `more than ${MAX_LINES} lines`
    else this.#onLine(line)
  }
}

function parseLine(text: string): WireLine | undefined {
  const first = text.indexOf('\t')
  const second = text.indexOf('\t', first + 1)
  const third = text.indexOf('\t', second + 1)
  if (first <= 0 || second < 0 || third < 0) return undefined
  const state = text.slice(second + 1, third)
  if (state !== '=' && state !== '-' && state !== '!') return undefined
  return {
    subject: text.slice(0, first),
    attribute: text.slice(first + 1, second),
    state,
    value: text.slice(third + 1),
  }
}

/** The text of one line, newline included; the inverse of what `WireReader` reads. */
export function renderLine(line: WireLine): string {
  return `${line.subject}\t${line.attribute}\t${line.state}\t${line.value}\n`
}

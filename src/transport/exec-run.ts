import type { ExecOptions, ExecOutcome } from './transport.ts'

/** How a command ended, before the tail of its standard error is put to it. */
export type Ending = ExecOutcome extends infer O ? (O extends ExecOutcome ? Omit<O, 'stderr'> : never) : never

const STDERR_BYTES = 8192
/** setTimeout fires at once for anything longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * What every transport does while a command runs: passes standard output on, keeps the tail of standard error, and
 * watches the time and size limits. The first ending counts; later ones are ignored. `giveUp` is called once when
 * the command is left to itself, because of a limit or a bug in `onStdout`.
 */
export class ExecRun {
  /** Rejects only if `onStdout` threw, which is a bug of the caller. */
  readonly outcome: Promise<ExecOutcome>
  readonly #options: ExecOptions
  readonly #giveUp: () => void
  readonly #stderr = new Tail(STDERR_BYTES)
  readonly #timer: NodeJS.Timeout
  #resolve: (outcome: ExecOutcome) => void = () => {}
  #reject: (bug: unknown) => void = () => {}
  #stdoutBytes = 0
  #stderrBytes = 0
  #over = false

  constructor(options: ExecOptions, giveUp: () => void) {
    this.#options = options
    this.#giveUp = giveUp
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(
      () => this.#abandon({ kind: 'timed_out', afterMs: options.timeoutMs }),
      Math.min(options.timeoutMs, LONGEST_TIMER_MS),
    )
  }

  stdout(chunk: Buffer): void {
    if (this.#over) return
    this.#stdoutBytes += chunk.length
    if (this.#stdoutBytes > this.#options.maxStdoutBytes) {
      this.#abandon({ kind: 'flooded', bytes: this.#stdoutBytes })
      return
    }
    try {
      this.#options.onStdout(chunk)
    } catch (bug) {
      // Thrown on into ssh2's parser it would take the whole connection down.
      this.#finish(() => this.#reject(bug))
      this.#giveUp()
    }
  }

  stderr(chunk: Buffer): void {
    if (this.#over) return
    this.#stderr.push(chunk)
    this.#stderrBytes += chunk.length
    // Of this no more than the tail is kept; but who prints without end does not end.
    if (this.#stderrBytes > this.#options.maxStdoutBytes)
      this.#abandon({ kind: 'flooded', bytes: this.#stderrBytes })
  }

  end(ending: Ending): void {
    this.#finish(() => this.#resolve({ ...ending, stderr: this.#stderr.text() }))
  }

  #abandon(ending: Ending): void {
    this.end(ending)
    this.#giveUp()
  }

  #finish(conclude: () => void): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    conclude()
  }
}

/** The last bytes of a stream, however long it is. */
export class Tail {
  readonly #limit: number
  #kept: Buffer[] = []
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Buffer): void {
    this.#kept.push(chunk)
    this.#bytes += chunk.length
    // Joined only now and then, so that a megabyte in small pieces does not cost a copy of the tail for each.
    if (this.#bytes > 4 * this.#limit) {
      const tail = Buffer.from(this.#joined())
      this.#kept = [tail]
      this.#bytes = tail.length
    }
  }

  text(): string {
    return this.#joined().toString('utf8')
  }

  #joined(): Buffer {
    return Buffer.concat(this.#kept).subarray(-this.#limit)
  }
}

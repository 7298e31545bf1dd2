import { isDeepStrictEqual } from 'node:util'
import { attachScript } from '../agent/apply-script.ts'
import { parseProgram } from '../agent/parse-program.ts'
import type { Program } from '../agent/program.ts'
import { newNonce } from '../probe/probe-fleet.ts'
import { type WireLine, WireReader } from '../probe/wire.ts'
import { type Connection, shellCommand } from '../transport/transport.ts'
import { Answer } from './answer.ts'
import type { StepEvent } from './step-event.ts'
import {
  type FinalFacts,
  finalFacts,
  MAX_ANSWER_BYTES,
  malformed,
  noAnswer,
  resultOf,
  type TransactionOptions,
  type TransactionResult,
  whyLost,
} from './transaction.ts'

/** What was found out about a run on its host. */
export type AttachResult =
  /** It ended, before our eyes or earlier. `facts` are of now. */
  | TransactionResult
  /** It was ended by `takeBack` later on: all that it had changed is as it was before. */
  | { outcome: 'taken_back'; undone: number[]; facts: FinalFacts }
  /** The host knows nothing of such a run: it never began there, or is long forgotten. */
  | { outcome: 'unknown_run' }
  | AbandonedRun

/** Its agent is gone, and there is no outcome. The host is somewhere half way; `takeBack` mends it. */
export interface AbandonedRun {
  outcome: 'abandoned'
  /** `other`: the host was booted since, and the last lines of the journal may be lost. */
  boot: 'same' | 'other'
  /** The line that the run left of itself: who, from where, since when. */
  holder: string
  /** Steps that were begun on the way forward, without those that were `noop`. */
  begun: number[]
  /** Those of them that were proven done. */
  done: number[]
  /** Steps that the journal says were taken back already. */
  undone: number[]
  /** As the host keeps it, read strictly. */
  program: Program
}

export interface AttachOptions extends TransactionOptions {
  run: string
  /** What was shipped, if it is known here; the host's copy must then be the same. */
  program?: Program
  /** Users whose uid:gid the final probe shall tell, when there is no `program`. */
  users?: string[]
}

/**
 * Follows a run on its host until it ends, with all its events from the first, and then probes. It never repeats or
 * disturbs a step. `timeoutMs` is for all of it; when it is over the result is `lost`, and the host goes on. Rejects
 * with a ProvisionError as `runTransaction` does.
 */
export async function attachRun(connection: Connection, options: AttachOptions): Promise<AttachResult> {
  const { run, timeoutMs, become } = options
  const nonce = newNonce()
  const told = new Told(nonce, options)
  const reader = new WireReader(nonce, (line) => told.add(line))
  const users = options.program?.users ?? options.users ?? []
  const exec = await connection.exec(shellCommand(become), {
    // The host stops watching before we stop listening, so that nobody is left there.
    stdin: attachScript({ nonce, run, seconds: Math.max(1, timeoutMs / 1000 - 5), users }),
    onStdout: (chunk) => reader.push(chunk),
    timeoutMs,
    maxStdoutBytes: MAX_ANSWER_BYTES,
  })
  const end = reader.end()
  if (end.kind === 'malformed') throw malformed(end.line, options)
  if (told.trouble !== undefined) throw malformed(told.trouble, options)
  if (end.kind === 'not_begun' && exec.kind === 'exited') throw noAnswer(exec, end.noise, options)
  if (end.kind !== 'complete') return { outcome: 'lost', why: whyLost(exec), lastStep: told.lastStep }
  const result = told.result()
  if (result === undefined) throw malformed(told.trouble ?? 'it ends without an outcome', options)
  return result
}

/** What the host has told of the run so far: first the program, then what became of it. */
class Told {
  /** What in it cannot be. */
  trouble: string | undefined
  readonly #nonce: string
  readonly #options: AttachOptions
  #text = ''
  #textBytes = 0
  #answer: Answer | undefined
  #program: Program | undefined
  #holder = ''
  #last: string | undefined
  #agent: string | undefined
  #torn = false

  constructor(nonce: string, options: AttachOptions) {
    this.#nonce = nonce
    this.#options = options
  }

  get lastStep(): number | null {
    return this.#answer?.lastStep ?? null
  }

  add(line: WireLine): void {
    if (this.trouble !== undefined) return
    const { subject, attribute, value } = line
    if (subject === 'program') this.#addText(value)
    else if (subject === 'run' && attribute === 'outcome') this.#last = value
    else if (subject === 'run' && attribute === 'agent') this.#agent = value
    else if (subject === 'run' && attribute === 'journal') this.#torn = value !== 'whole'
    else this.#addEvent(line)
  }

  result(): AttachResult | undefined {
    if (this.#last === 'unknown_run') return { outcome: 'unknown_run' }
    const answer = this.#answer
    const program = this.#program
    if (answer === undefined || program === undefined) return undefined
    switch (this.#last) {
      case 'at_work':
        return { outcome: 'lost', why: 'it is still at work', lastStep: answer.lastStep }
      case 'abandoned':
        return this.#abandoned(answer, program)
      default:
        return this.#ended(answer, program)
    }
  }

  #abandoned(answer: Answer, program: Program): AttachResult {
    const { begun, done, undone, takenBack } = answer
    return {
      outcome: 'abandoned',
      boot: this.#agent === 'gone' ? 'same' : 'other',
      holder: this.#holder,
      // Whoever was taking it back may have known of more than the journal does.
      begun: [...new Set([...begun, ...(takenBack ?? [])])],
      done,
      undone,
      program,
    }
  }

  #ended(answer: Answer, program: Program): AttachResult | undefined {
    answer.add({ subject: 'run', attribute: 'outcome', state: '=', value: this.#last ?? '' })
    this.trouble = answer.nonsense ?? (this.#torn ? undefined : answer.contradiction())
    if (this.trouble !== undefined || answer.outcome === undefined) return undefined
    if (answer.takenBack !== undefined && answer.outcome === 'rolled_back')
      return { outcome: 'taken_back', undone: answer.undone, facts: finalFacts(answer, program) }
    return resultOf(answer, program)
  }

  #addText(line: string): void {
    this.#textBytes += line.length + 1
    if (this.#textBytes > MAX_ANSWER_BYTES / 2) this.trouble = 'its program is too long'
    else if (this.#answer !== undefined) this.trouble = 'its program goes on after its events'
    else this.#text += `${line}\n`
  }

  #addEvent(line: WireLine): void {
    const answer = this.#begin()
    if (answer === undefined) return
    if (line.subject === 'run' && line.attribute === 'holder') this.#holder ||= line.value
    answer.add(line)
    if (answer.nonsense !== undefined) this.trouble = answer.nonsense
  }

  /** The program is over with the first line that is not of it. */
  #begin(): Answer | undefined {
    if (this.#answer !== undefined) return this.#answer
    const program = parseProgram(this.#text, this.#nonce)
    const { program: shipped, run, onEvent } = this.#options
    if (program === undefined) this.trouble = 'what it keeps of the run is no program of ours'
    else if (program.run !== run) this.trouble = `what it keeps is of the run ${program.run}`
    // Who ships it, and when, differs each time; what it does may not.
    else if (shipped !== undefined && !isDeepStrictEqual(program.steps, shipped.steps))
      this.trouble = 'the program that it keeps is not the one that was sent to it'
    else {
      this.#program = program
      this.#answer = new Answer(program, (event: StepEvent) => onEvent(event))
    }
    return this.#answer
  }
}

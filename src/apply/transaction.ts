import { applyScript } from '../agent/apply-script.ts'
import type { Program } from '../agent/program.ts'
import { ProvisionError } from '../errors.ts'
import { execError, said, sudoError } from '../probe/exec-errors.ts'
import { absent } from '../probe/fact.ts'
import type { HostFacts } from '../probe/facts.ts'
import { parseFacts } from '../probe/parse-facts.ts'
import { WireReader } from '../probe/wire.ts'
import { type Connection, type ExecOutcome, shellCommand } from '../transport/transport.ts'
import { Answer, type FailedStep } from './answer.ts'
import type { StepEvent } from './step-event.ts'

/** How one run on one host ended. Only `applied` is success. */
export type TransactionResult =
  | { outcome: 'applied'; facts: FinalFacts }
  /** A step failed, and all that the run had done was taken back. */
  | { outcome: 'rolled_back'; failed: FailedStep; undone: number[]; facts: FinalFacts }
  /** Taking back failed as well: the host is neither as it was nor as it should be. `message` says where. */
  | { outcome: 'failed'; failed: FailedStep | null; undone: number[]; message: string; facts: FinalFacts }
  /** Under the lock something was not as the plan had seen it. Nothing was touched. */
  | { outcome: 'refused'; message: string }
  /** Nothing was touched. `holder` is the line that the other run left in the lock. */
  | { outcome: 'locked'; holder: string }
  /** The host was not heard to the end, and may be at work still or have taken everything back. Probe again. */
  | { outcome: 'lost'; why: string; lastStep: number | null }

/** What the probe at the end of the run saw, or why there was none. */
export type FinalFacts = { kind: 'seen'; facts: HostFacts } | { kind: 'none'; why: string }

export interface TransactionOptions {
  become: 'none' | 'sudo'
  /** For the whole run. After it the host goes on by itself. */
  timeoutMs: number
  /** Told of each event as it arrives. Must not throw. */
  onEvent: (event: StepEvent) => void
  /** Name of the host in errors. */
  host?: string
}

/** Several times what the largest host tells: its facts and some lines a step. */
export const MAX_ANSWER_BYTES = 16 << 20

/**
 * Ships a program and the agent, and follows the host while it carries it out; one exec. Rejects with a
 * ProvisionError when the host ran nothing (`SUDO_*`, `APPLY_NO_ANSWER`) or answered what cannot be trusted
 * (`APPLY_MALFORMED`). Whatever leaves the end unknown is `lost`, never success.
 */
export async function runTransaction(
  connection: Connection,
  program: Program,
  options: TransactionOptions,
): Promise<TransactionResult> {
  const ran = await runScript(connection, program, applyScript(program), options)
  return ran.kind === 'lost' ? ran.result : resultOf(ran.answer, program)
}

/** Runs a script that works on a program, and hears its answer to the end. */
export async function runScript(
  connection: Connection,
  program: Program,
  script: Buffer,
  options: TransactionOptions,
): Promise<
  | { kind: 'heard'; answer: Answer }
  | { kind: 'lost'; result: Extract<TransactionResult, { outcome: 'lost' }> }
> {
  const answer = new Answer(program, options.onEvent)
  const reader = new WireReader(program.nonce, (line) => answer.add(line))
  const exec = await connection.exec(shellCommand(options.become), {
    stdin: script,
    onStdout: (chunk) => reader.push(chunk),
    timeoutMs: options.timeoutMs,
    maxStdoutBytes: MAX_ANSWER_BYTES,
  })
  const end = reader.end()
  if (end.kind === 'malformed') throw malformed(end.line, options)
  if (answer.nonsense !== undefined) throw malformed(answer.nonsense, options)
  if (end.kind === 'not_begun' && exec.kind === 'exited') throw noAnswer(exec, end.noise, options)
  if (end.kind !== 'complete') {
    return { kind: 'lost', result: { outcome: 'lost', why: whyLost(exec), lastStep: answer.lastStep } }
  }
  const contradiction = answer.contradiction()
  if (contradiction !== undefined) throw malformed(contradiction, options)
  return { kind: 'heard', answer }
}

/** What a complete answer comes to. */
export function resultOf(answer: Answer, program: Program): TransactionResult {
  const { outcome, failed, undone, reason } = answer
  if (outcome === 'refused') return { outcome, message: reason }
  if (outcome === 'locked') return { outcome, holder: reason }
  const facts = finalFacts(answer, program)
  if (outcome === 'applied') return { outcome, facts }
  if (outcome === 'rolled_back' && failed !== undefined) return { outcome, failed, undone, facts }
  return { outcome: 'failed', failed: failed ?? null, undone, message: reason, facts }
}

export function finalFacts(
  answer: Pick<Answer, 'noFacts' | 'sheet'>,
  program: Pick<Program, 'holder'>,
): FinalFacts {
  if (answer.noFacts !== undefined) return { kind: 'none', why: answer.noFacts }
  try {
    const facts = parseFacts(answer.sheet)
    // The probe ran under our own lock, which is gone by now.
    const ours = facts.lock.state === 'known' && facts.lock.value === program.holder
    return { kind: 'seen', facts: ours ? { ...facts, lock: absent } : facts }
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'none', why: error.message }
  }
}

export function whyLost(exec: ExecOutcome): string {
  switch (exec.kind) {
    case 'lost':
      return exec.why
    case 'timed_out':
      return `it was not finished after ${Math.round(exec.afterMs / 1000)} s`
    case 'signalled':
      return `the agent on the host was ended by ${exec.signal}`
    case 'flooded':
      return `the host sent more than ${exec.bytes} bytes`
    case 'exited':
      return `the agent on the host ended in the middle (exit code ${exec.code})${said(exec.stderr)}`
  }
}

export function malformed(
  what: string,
  options: Pick<TransactionOptions, 'become' | 'host'>,
): ProvisionError {
  return execError(
    contextOf(options),
    'APPLY_MALFORMED',
    `The host's answer cannot be trusted${said(what)} What it did is not known.`,
    'Run status for this host. On the host, /var/lib/provision/runs/*/journal tells what the agent did.',
  )
}

export function noAnswer(
  exec: ExecOutcome & { kind: 'exited' },
  noise: string,
  options: Pick<TransactionOptions, 'become' | 'host'>,
) {
  const context = contextOf(options)
  const words = [exec.stderr, noise].filter((text) => text.trim() !== '').join(' / ')
  return (
    sudoError(words, context) ??
    execError(
      context,
      'APPLY_NO_ANSWER',
      `The host ran no step (exit code ${exec.code})${said(words)}`,
      `Try it by hand: \`echo 'echo it works' | ssh HOST '${shellCommand(options.become)}'\`.`,
    )
  )
}

export function contextOf({ become, host }: Pick<TransactionOptions, 'become' | 'host'>) {
  return { become, what: 'the apply', ...(host === undefined ? {} : { host }) }
}

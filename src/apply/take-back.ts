import { backScript } from '../agent/apply-script.ts'
import type { Program } from '../agent/program.ts'
import { newNonce } from '../probe/probe-fleet.ts'
import type { Connection } from '../transport/transport.ts'
import type { AbandonedRun } from './attach.ts'
import {
  type FinalFacts,
  finalFacts,
  runScript,
  type TransactionOptions,
  type TransactionResult,
} from './transaction.ts'

/** How taking back ended. Only `rolled_back` is success, and the probe has to bear it out. */
export type TakeBackResult =
  /** `undone`: ids of the steps for which all is as it was before; of some there was nothing to take back. */
  | { outcome: 'rolled_back'; undone: number[]; facts: FinalFacts }
  | Extract<TransactionResult, { outcome: 'failed' | 'refused' | 'locked' | 'lost' }>

export interface TakeBackOptions extends TransactionOptions {
  /** Ids of the steps to take back; see `toTakeBack`. */
  steps: readonly number[]
  /** For the lock: who takes back, from where, since when. One line. */
  holder: string
}

/**
 * Which steps of an abandoned run have to be taken back: on the same boot those that were begun and changed
 * something; after another boot every step, since the end of the journal may be lost. Taking back a step that was
 * never done does nothing.
 */
export function toTakeBack(run: AbandonedRun): number[] {
  const ids = run.program.steps.map(({ id }) => id)
  return run.boot === 'other' ? ids : ids.filter((id) => run.begun.includes(id))
}

/**
 * Runs the undo calls of the given steps on the host, last step first, under the lock, with the run's own journal.
 * For a run whose agent is gone, and for one that was applied. Refused, with nothing touched, when the drive of one
 * of these steps is no longer the one that it was done to; `locked` while the run is still at work, also when only a
 * child of its agent is.
 */
export async function takeBack(
  connection: Connection,
  given: Program,
  options: TakeBackOptions,
): Promise<TakeBackResult> {
  const { steps, holder } = options
  // The nonce of an earlier answer proves nothing.
  const program = { ...given, nonce: newNonce() }
  const script = backScript(program, steps, holder)
  const ran = await runScript(connection, program, script, options)
  if (ran.kind === 'lost') return ran.result
  const { answer } = ran
  const { outcome, failed, undone, reason } = answer
  switch (outcome) {
    case 'refused':
      return { outcome, message: reason }
    case 'locked':
      return { outcome, holder: reason }
    case 'rolled_back': {
      const idle = program.steps.filter(({ id, undo }) => steps.includes(id) && undo.length === 0)
      const facts = finalFacts(answer, { holder })
      return { outcome, undone: [...undone, ...idle.map(({ id }) => id)], facts }
    }
    default: {
      const facts = finalFacts(answer, { holder })
      return { outcome: 'failed', failed: failed ?? null, undone, message: reason, facts }
    }
  }
}

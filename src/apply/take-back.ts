import type { Program } from '../agent/program.ts'
import type { Connection } from '../transport/transport.ts'
import type { AbandonedRun } from './attach.ts'
import type { TransactionOptions, TransactionResult } from './transaction.ts'

/** How taking back ended. Only `rolled_back` is success, and the probe has to bear it out. */
export type TakeBackResult =
  /** `undone`: ids of the steps for which all is as it was before; of some there was nothing to take back. */
  | {
      outcome: 'rolled_back'
      undone: number[]
      facts: Extract<TransactionResult, { facts: unknown }>['facts']
    }
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
export function toTakeBack(_run: AbandonedRun): number[] {
  throw new Error('not yet')
}

/**
 * Runs the undo calls of the given steps on the host, last step first, under the lock, with the run's own journal.
 * For a run whose agent is gone, and for one that was applied. Refused, with nothing touched, while its agent is
 * alive, or when the drive of one of these steps is no longer the one that it was done to.
 */
export function takeBack(
  _connection: Connection,
  _program: Program,
  _options: TakeBackOptions,
): Promise<TakeBackResult> {
  throw new Error('not yet')
}

import type { Program } from '../agent/program.ts'
import type { Connection } from '../transport/transport.ts'
import type { FinalFacts, TransactionOptions, TransactionResult } from './transaction.ts'

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
 * disturbs a step. `timeoutMs` is for all of it; when it is over the result is `lost`, and the host goes on.
 */
export function attachRun(_connection: Connection, _options: AttachOptions): Promise<AttachResult> {
  throw new Error('not yet')
}

import type { RecordedHost } from './journal/read-runs.ts'

/** What `resume` has to do with one host of a run. */
export type ResumeChoice =
  /** It is through, well or not. */
  | 'leave'
  /** Nothing was done on it, or all of it was taken back: its steps may begin. */
  | 'begin'
  /** It was left in the middle, and how it ended is not known here. */
  | 'settle'
  /** A rollback was left in the middle. */
  | 'finish_rollback'

/** Errors after which a host may still be at work, or may have ended any way. */
const unsure: ReadonlySet<string> = new Set(['CONNECTION_LOST', 'APPLY_MALFORMED', 'CONNECT_TIMEOUT'])

export function resumeChoice({ saved, last }: RecordedHost, retryFailed: boolean): ResumeChoice {
  if (saved.plan?.outcome !== 'changes') return 'leave'
  if (last === null) return 'begin'
  const { result, direction } = last
  if (result === null) return direction === 'back' ? 'finish_rollback' : 'settle'
  switch (result.kind) {
    case 'applied':
      return 'leave'
    // Taken back by an earlier resume, to be begun anew; or by a rollback, which was the end of it.
    case 'taken_back':
      return direction === 'back' ? 'leave' : 'begin'
    case 'failed':
      if (unsure.has(result.error.code)) return direction === 'back' ? 'finish_rollback' : 'settle'
      return retryFailed ? 'begin' : 'leave'
    case 'rolled_back':
      return retryFailed ? 'begin' : 'leave'
    // Nothing was touched; whether the plan still holds is looked at again.
    case 'locked':
    case 'stale':
    case 'unreachable':
    case 'untouched':
      return 'begin'
  }
}

import type { HostOutcome, HostResult } from './events.ts'

/** The outcome of a host in one word, as JSON and exit codes have it. */
export function outcomeOf(result: HostResult): HostOutcome {
  if (result.kind === 'untouched') return result.outcome
  return result.kind === 'taken_back' ? 'rolled_back' : result.kind
}

import type { HostOutcome, HostResult } from './events.ts'

/** The outcome of a host in one word, as JSON and exit codes have it. */
export function outcomeOf(result: HostResult): HostOutcome {
  return result.kind === 'untouched' ? result.outcome : result.kind
}

import type { HostOutcome } from '../events/events.ts'

/** What the exit code of a command says, in the words of docs and scripts. */
export const EXIT = {
  ok: 0,
  usage: 1,
  failedOrDifferent: 2,
  refused: 3,
  unreachable: 4,
  locked: 5,
  interrupted: 130,
} as const

/** For commands that change hosts: a failure counts most, then who was not reached, then locks, then refusals. */
export function exitCodeOf(outcomes: readonly HostOutcome[]): number {
  const some = (...wanted: HostOutcome[]) => outcomes.some((outcome) => wanted.includes(outcome))
  if (some('failed', 'rolled_back')) return EXIT.failedOrDifferent
  if (some('unreachable')) return EXIT.unreachable
  if (some('locked')) return EXIT.locked
  if (some('blocked', 'stale')) return EXIT.refused
  if (some('interrupted')) return EXIT.interrupted
  return EXIT.ok
}

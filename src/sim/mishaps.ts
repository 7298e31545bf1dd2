import type { StepKind } from '../plan/step.ts'

/** What goes wrong on a simulated host. Several may hold at once. */
export type Mishap =
  /** Nothing listens at its port. */
  | { kind: 'unreachable' }
  /** Every answer and every step takes this much longer. */
  | { kind: 'slow'; ms: number }
  /** The kernel says no, in these words; the step changes nothing. */
  | { kind: 'fails'; at: Moment; message: string }
  /** A write from which the kernel does not come back, as the agent sees it once its deadline is over. */
  | { kind: 'hangs'; at: Moment; message: string }
  /** The wire is cut right after; the host carries on by itself, and can be reached again. */
  | { kind: 'loses_connection'; after: Moment }
  /** The agent is killed right after; with `boots` by a power cut, after which the host is up again at once. */
  | { kind: 'dies'; after: Moment; boots: boolean }
  /** The answer to each probe breaks off in the middle. */
  | { kind: 'cuts_probes' }

/** Steps by id or by kind: each such step, done or undone. */
export interface Moment {
  run: 'do' | 'undo'
  step: number | StepKind
}

/** A moment as it comes: one step, being done or undone. */
export interface Now {
  run: 'do' | 'undo'
  id: number
  kind: string
}

export function isNow(moment: Moment, now: Now): boolean {
  return moment.run === now.run && (moment.step === now.id || moment.step === now.kind)
}

/** Milliseconds by which a host is slow. */
export function slowness(mishaps: readonly Mishap[]): number {
  return mishaps.reduce((sum, mishap) => sum + (mishap.kind === 'slow' ? mishap.ms : 0), 0)
}

/** The first of these kinds that strikes now; undefined when all goes well. */
export function strikes(
  mishaps: readonly Mishap[],
  now: Now,
): Extract<Mishap, { kind: 'fails' | 'hangs' }> | undefined {
  for (const mishap of mishaps)
    if ((mishap.kind === 'fails' || mishap.kind === 'hangs') && isNow(mishap.at, now)) return mishap
  return undefined
}

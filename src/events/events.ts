import type { ProvisionError } from '../errors.ts'
import type { HostPlan } from '../plan/plan.ts'
import type { Difference } from '../plan/state.ts'
import type { StepKind } from '../plan/step.ts'

/**
 * The only thing that crosses from the engine to views, as it happens. The engine never prints; views never decide.
 */
export type Event =
  | { type: 'phase_started'; phase: Phase; hosts: number }
  | { type: 'phase_finished'; phase: Phase }
  | { type: 'host_started'; phase: Phase; host: string }
  /** The host is through with the phase, well or not. */
  | { type: 'host_finished'; phase: Phase; host: string; outcome: HostOutcome }
  | {
      type: 'step'
      host: string
      run: 'do' | 'undo'
      id: number
      kind: StepKind
      summary: string
      state: StepState
    }
  | { type: 'note'; host: string | null; message: string }

export type Phase = 'probe' | 'apply'

/** `message`: what was seen, one line, the kernel's words included. */
export type StepState =
  | { state: 'begin' }
  | { state: 'done' }
  | { state: 'noop' }
  | { state: 'failed'; message: string }
  | { state: 'hung'; message: string }

export type Emit = (event: Event) => void

export type HostOutcome =
  | 'in_sync'
  | 'changes'
  | 'blocked'
  | 'unreachable'
  | 'applied'
  | 'failed'
  | 'rolled_back'
  | 'interrupted'
  | 'skipped'
  | 'locked'
  /** What was planned is no longer so; nothing was touched. */
  | 'stale'

/** One host after planning: its plan, or why it has none. */
export type PlannedHost =
  | { kind: 'planned'; plan: HostPlan }
  | { kind: 'unreachable'; name: string; address: string; error: ProvisionError }

/** One host after a run. */
export type HostResult =
  | { kind: 'unreachable'; name: string; address: string; error: ProvisionError }
  /** Nothing was begun on it: it was in sync, blocked, or left out because others were. */
  | { kind: 'untouched'; plan: HostPlan; outcome: 'in_sync' | 'blocked' | 'skipped' }
  /** Every step is done and the host was probed again; `differences` is empty. */
  | { kind: 'applied'; plan: HostPlan; noops: number; steps: number }
  /** A step failed and everything before it was taken back; the probe afterwards agrees. */
  | { kind: 'rolled_back'; plan: HostPlan; failure: StepFailure; undone: number }
  /** Its steps were taken back because somebody asked for it; the probe afterwards agrees. `notes`: what cannot be taken back. */
  | { kind: 'taken_back'; plan: HostPlan; undone: number; notes: string[] }
  /** It is neither as declared nor as it was, or nobody can say: never a success. */
  | {
      kind: 'failed'
      plan: HostPlan
      failure: StepFailure | null
      error: ProvisionError
      differences: Difference[]
    }
  /** The host was not as planned when the steps were about to begin; nothing was touched. */
  | { kind: 'stale'; plan: HostPlan; error: ProvisionError }
  | { kind: 'locked'; plan: HostPlan; holder: string }

export interface StepFailure {
  id: number
  summary: string
  /** What the host said. */
  message: string
}

import type { Emit } from '../../events/events.ts'

/** Shows how a run goes, from its events. It never decides and never fails a run. */
export interface Progress {
  emit: Emit
  /** Takes the display off the screen while `work` asks or prints something, then goes on. */
  suspended<T>(work: () => Promise<T>): Promise<T>
  /** Ends the display of the phase at work; resolved, the terminal is free. A later phase starts a new one. */
  pause(): Promise<void>
  /** The same, for good. */
  stop(): Promise<void>
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Emit, HostResult } from '../events/events.ts'

export interface PatienceOptions {
  /** How long to wait for another run to let go of a host. */
  lockTimeoutMs: number
  /** Aborted: waiting is over. */
  signal: AbortSignal
  emit: Emit
}

/**
 * Tries again while another run holds the host, until the time is over or somebody interrupts; then the last answer
 * stands, which is `locked`. Nothing is begun once the signal is aborted. `attempt` may answer anything else in
 * between: the host may have become another since.
 */
export async function whileLocked(
  attempt: () => Promise<HostResult>,
  { lockTimeoutMs, signal, emit }: PatienceOptions,
): Promise<HostResult> {
  let left = lockTimeoutMs
  let pause = 1_000
  for (;;) {
    const result = await attempt()
    if (result.kind !== 'locked' || left <= 0 || signal.aborted) return result
    emit({ type: 'note', host: result.plan.name, message: `waiting for the lock: ${result.holder}` })
    const nap = Math.min(pause, left)
    left -= nap
    pause = Math.min(pause * 1.5, 10_000)
    await sleep(nap, undefined, { signal }).catch(() => {})
    if (signal.aborted) return result
  }
}

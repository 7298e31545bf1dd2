import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from '../agent/program.ts'
import { ProvisionError } from '../errors.ts'
import type { HostResult } from '../events/events.ts'
import { resolveBecome } from '../transport/become.ts'
import { attachRun } from './attach.ts'
import { type AttemptOptions, type HostToApply, TRANSACTION_MS } from './attempt.ts'
import { type Expectation, judge } from './judge.ts'
import { watchSteps } from './watch-steps.ts'

/** How long after each failure a lost host is tried again: it may be a switch that reboots, or a host that does. */
const RETRY_AFTER_MS = [1_000, 4_000, 15_000]

/**
 * Finds a host again whose connection was lost in the middle of a transaction, and follows what it does to the end.
 * Null: it cannot be reached, or cannot tell how it ended; nothing was changed by asking.
 */
export async function followAgain(
  { plan, declaration }: Pick<HostToApply, 'plan' | 'declaration'>,
  program: Program,
  expected: Expectation,
  { attempt, emit, connect }: AttemptOptions,
): Promise<HostResult | null> {
  const watch = watchSteps(plan, emit)
  for (const pause of RETRY_AFTER_MS) {
    emit({ type: 'note', host: plan.name, message: 'the connection was lost; trying to reach it again' })
    await sleep(pause)
    try {
      const connection = await connect(declaration)
      try {
        const result = await attachRun(connection, {
          run: attempt,
          program,
          become: resolveBecome(declaration.ssh.become, connection.user),
          timeoutMs: TRANSACTION_MS,
          host: plan.name,
          onEvent: watch.onEvent,
        })
        if (result.outcome === 'lost') continue
        switch (result.outcome) {
          // Never begun there, cut off in the middle, or somebody's rollback came in between: `resume` goes into that.
          case 'unknown_run':
          case 'abandoned':
          case 'taken_back':
            return null
        }
        return judge(result, { ...expected, done: watch.done })
      } finally {
        connection.close()
      }
    } catch (error) {
      if (!(error instanceof ProvisionError)) throw error
    }
  }
  return null
}

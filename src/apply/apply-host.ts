import { ProvisionError } from '../errors.ts'
import type { HostResult } from '../events/events.ts'
import { newNonce } from '../probe/probe-fleet.ts'
import { resolveBecome } from '../transport/become.ts'
import { type AttemptOptions, type HostToApply, holderLine, TRANSACTION_MS } from './attempt.ts'
import { judge } from './judge.ts'
import { programOf } from './program-of.ts'
import { followAgain } from './reattach.ts'
import { runTransaction } from './transaction.ts'
import { watchSteps } from './watch-steps.ts'

/**
 * Carries one plan out on its host. A connection that dies in the middle is made anew, and the host's own journal read
 * from the start: no step runs twice.
 */
export async function applyHost(host: HostToApply, options: AttemptOptions): Promise<HostResult> {
  const { plan, declaration, facts, connection } = host
  const { attempt } = options
  const program = programOf(plan, {
    nonce: newNonce(),
    run: attempt,
    holder: holderLine(attempt),
    users: declaration.owner === null ? [] : [declaration.owner.user],
  })
  const watch = watchSteps(plan, options.emit)
  const expected = { plan, before: facts, attempt, done: watch.done }
  try {
    const result = await runTransaction(connection, program, {
      become: resolveBecome(declaration.ssh.become, connection.user),
      timeoutMs: TRANSACTION_MS,
      host: plan.name,
      onEvent: watch.onEvent,
    })
    if (result.outcome !== 'lost') return judge(result, expected)
    return (await followAgain(host, program, expected, options)) ?? judge(result, expected)
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'failed', plan, failure: null, error, differences: [] }
  }
}

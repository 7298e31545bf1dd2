import { ProvisionError } from '../errors.ts'
import type { HostResult } from '../events/events.ts'
import { newNonce } from '../probe/probe-fleet.ts'
import { resolveBecome } from '../transport/become.ts'
import { attachRun } from './attach.ts'
import { type AttemptOptions, type HostToApply, holderLine, TRANSACTION_MS } from './attempt.ts'
import { judge } from './judge.ts'
import { judgeTakenBack } from './judge-taken-back.ts'
import { programOf } from './program-of.ts'
import { takeBack, toTakeBack } from './take-back.ts'
import { watchSteps } from './watch-steps.ts'

/** What became of an attempt that nobody saw the end of. */
export type Settled =
  /** It ended, or goes on no further: this is how the host is. */
  | { kind: 'ended'; result: HostResult }
  /** The host is as it was before the attempt, which a probe bears out: its steps were taken back, now or earlier. */
  | { kind: 'as_before'; result: Extract<HostResult, { kind: 'taken_back' }> }
  /** The host knows nothing of the attempt. */
  | { kind: 'not_there' }

/**
 * Finds out how an attempt ended that was left in the middle: follows the host where it is still at work, reads its
 * journal where it has finished, and takes its steps back where its agent is gone (killed, or the power failed).
 * `facts` are those from before the attempt.
 */
export async function settleHost(host: HostToApply, options: AttemptOptions): Promise<Settled> {
  const { plan, declaration, facts, connection } = host
  const { attempt, emit } = options
  const program = programOf(plan, {
    nonce: newNonce(),
    run: attempt,
    holder: holderLine(attempt),
    users: declaration.owner === null ? [] : [declaration.owner.user],
  })
  const watch = watchSteps(plan, emit)
  const following = {
    become: resolveBecome(declaration.ssh.become, connection.user),
    timeoutMs: TRANSACTION_MS,
    host: plan.name,
    onEvent: watch.onEvent,
  }
  try {
    const found = await attachRun(connection, { ...following, run: attempt, program })
    switch (found.outcome) {
      case 'unknown_run':
        return { kind: 'not_there' }
      case 'taken_back':
        return settled(judgeTakenBack({ ...found, outcome: 'rolled_back' }, { plan, before: facts, attempt }))
      case 'abandoned': {
        const why = found.boot === 'same' ? 'its agent is gone' : 'the host was booted since'
        emit({
          type: 'note',
          host: plan.name,
          message: `the run was cut off in the middle (${why}); taking it back`,
        })
        const taken = await takeBack(
          connection,
          { ...program, nonce: newNonce() },
          {
            ...following,
            steps: toTakeBack(found),
            holder: holderLine(attempt),
          },
        )
        return settled(judgeTakenBack(taken, { plan, before: facts, attempt }))
      }
      default:
        return { kind: 'ended', result: judge(found, { plan, before: facts, attempt, done: watch.done }) }
    }
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'ended', result: { kind: 'failed', plan, failure: null, error, differences: [] } }
  }
}

function settled(result: HostResult): Settled {
  return result.kind === 'taken_back' ? { kind: 'as_before', result } : { kind: 'ended', result }
}

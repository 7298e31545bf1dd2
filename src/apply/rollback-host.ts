import { ProvisionError } from '../errors.ts'
import type { HostResult } from '../events/events.ts'
import { poolName } from '../plan/hugepage-name.ts'
import type { HostPlan } from '../plan/plan.ts'
import { differences, reliedOn } from '../plan/state.ts'
import { predict } from '../plan/steps/index.ts'
import type { HostFacts } from '../probe/facts.ts'
import { newNonce } from '../probe/probe-fleet.ts'
import { resolveBecome } from '../transport/become.ts'
import { attachRun } from './attach.ts'
import { type AttemptOptions, type HostToApply, holderLine, TRANSACTION_MS } from './attempt.ts'
import { problem } from './judge.ts'
import { judgeTakenBack } from './judge-taken-back.ts'
import { programOf } from './program-of.ts'
import { takeBack, toTakeBack } from './take-back.ts'
import { watchSteps } from './watch-steps.ts'

/** A host of a run that shall be taken back. */
export interface HostToRollBack extends HostToApply {
  /** The facts from before the run; a rollback must come back to these. */
  facts: HostFacts
  /** The facts now. */
  now: HostFacts
  /** The attempt to take back. */
  attempt: string
}

/** What there is to take back on one host. */
export type Rollback =
  | { kind: 'steps'; ids: number[] }
  /** Nothing: it never began there, or was taken back already. */
  | { kind: 'nothing'; why: string }
  | { kind: 'refused'; error: ProvisionError }

/** Asks the host's own journal what the run changed, and whether the host still is as the run left it. */
export async function lookForRollback(
  host: HostToRollBack,
  { emit }: Pick<AttemptOptions, 'emit'>,
): Promise<Rollback> {
  const { plan, declaration, connection, attempt } = host
  const watch = watchSteps(plan, () => {})
  try {
    emit({ type: 'note', host: plan.name, message: `reading the journal of run ${attempt}` })
    const found = await attachRun(connection, {
      run: attempt,
      program: programFor(host),
      become: resolveBecome(declaration.ssh.become, connection.user),
      timeoutMs: TRANSACTION_MS,
      host: plan.name,
      onEvent: watch.onEvent,
    })
    switch (found.outcome) {
      case 'applied':
        return overtaken(host) ?? { kind: 'steps', ids: watch.done }
      case 'failed': {
        // The step that failed, or hangs, may be half done: what takes it back belongs to the way back.
        const begun = [...watch.done, ...(found.failed === null ? [] : [found.failed.id])]
        return { kind: 'steps', ids: begun.filter((id) => !found.undone.includes(id)) }
      }
      case 'abandoned':
        return { kind: 'steps', ids: toTakeBack(found) }
      case 'taken_back':
        return { kind: 'nothing', why: 'it was taken back already' }
      case 'rolled_back':
      case 'refused':
        return { kind: 'nothing', why: 'the host took the run back by itself' }
      case 'unknown_run':
        return { kind: 'refused', error: notOnHost(plan, attempt) }
      case 'locked':
        return { kind: 'nothing', why: 'the run never began there' }
      case 'lost': {
        const error = problem('CONNECTION_LOST', `The connection was lost (${found.why})`, plan)
        return { kind: 'refused', error }
      }
    }
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'refused', error }
  }
}

/** Takes these steps back on the host, which proves by a probe that it is as it was. */
export async function rollBackHost(
  host: HostToRollBack,
  ids: readonly number[],
  { emit }: Pick<AttemptOptions, 'emit'>,
): Promise<HostResult> {
  const { plan, declaration, connection, facts, attempt } = host
  try {
    const result = await takeBack(connection, programFor(host), {
      steps: ids,
      holder: holderLine(attempt),
      become: resolveBecome(declaration.ssh.become, connection.user),
      timeoutMs: TRANSACTION_MS,
      host: plan.name,
      onEvent: watchSteps(plan, emit).onEvent,
    })
    return judgeTakenBack(result, { plan, before: facts, attempt })
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'failed', plan, failure: null, error, differences: [] }
  }
}

function programFor({ plan, declaration, attempt }: HostToRollBack) {
  return programOf(plan, {
    nonce: newNonce(),
    run: attempt,
    holder: holderLine(attempt),
    users: declaration.owner === null ? [] : [declaration.owner.user],
  })
}

/** Since the run somebody may have gone on: taking it back then would undo their work, or hit another drive. */
function overtaken({ plan, facts, now }: HostToRollBack): Rollback | null {
  const after = predict(
    facts,
    plan.steps.map(({ action }) => action),
  )
  const bdfs = plan.devices.map(({ bdf }) => bdf)
  const pools = plan.steps.flatMap(({ action }) => (action.kind === 'hugepages' ? [poolName(action)] : []))
  const changed = differences(reliedOn(after, bdfs, pools), reliedOn(now, bdfs, pools))
  if (changed.length === 0) return null
  const list = changed
    .map(({ subject, expected, actual }) => `${subject}: was ${expected}, is ${actual}`)
    .join('; ')
  const error = new ProvisionError('RUN_OVERTAKEN', `The host is no longer as this run left it (${list})`, {
    host: plan.name,
    hint: 'Declare what it shall have now and apply that, or give the drives back: provision release FILE',
  })
  return { kind: 'refused', error }
}

/** The host has nothing to go by. */
export function notOnHost({ name }: Pick<HostPlan, 'name'>, attempt: string): ProvisionError {
  return new ProvisionError(
    'RUN_NOT_ON_HOST',
    `The host has no journal of run ${attempt}: it was reinstalled, the run never began there, or it was so long ago that its journal was cleared away`,
    { host: name, hint: 'provision release FILE gives the drives back by the records on the host.' },
  )
}

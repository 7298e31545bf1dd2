import { hostname, userInfo } from 'node:os'
import type { HostDeclaration } from '../config/declaration.ts'
import { ProvisionError } from '../errors.ts'
import type { Emit, HostResult, StepFailure } from '../events/events.ts'
import type { HostPlan } from '../plan/plan.ts'
import { type Difference, differences, stateOf } from '../plan/state.ts'
import { predict } from '../plan/steps/index.ts'
import type { HostFacts } from '../probe/facts.ts'
import { newNonce } from '../probe/probe-fleet.ts'
import { resolveBecome } from '../transport/become.ts'
import type { Connection } from '../transport/transport.ts'
import type { FailedStep } from './answer.ts'
import { programOf } from './program-of.ts'
import type { StepEvent } from './step-event.ts'
import { runTransaction, type TransactionResult } from './transaction.ts'

export interface HostToApply {
  plan: HostPlan
  declaration: HostDeclaration
  /** The facts right before: what the prediction starts from, and what a rollback must come back to. */
  facts: HostFacts
  connection: Connection
}

/** Hugepages may need minutes of compaction, a busy drive minutes to let go; past this nobody waits any more. */
const TRANSACTION_MS = 30 * 60 * 1000

/**
 * Carries one plan out on its host and judges the end by the probe that follows, never by the steps' own word:
 * `applied` means that the host is as predicted, `rolled_back` that it is as it was before.
 */
export async function applyHost(
  { plan, declaration, facts, connection }: HostToApply,
  { run, emit }: { run: string; emit: Emit },
): Promise<HostResult> {
  const host = plan.name
  const program = programOf(plan, {
    nonce: newNonce(),
    run,
    holder: `run ${run} by ${userInfo().username} on ${hostname()} since ${new Date().toISOString()}`,
    users: declaration.owner === null ? [] : [declaration.owner.user],
  })
  let noops = 0
  try {
    const result = await runTransaction(connection, program, {
      become: resolveBecome(declaration.ssh.become, connection.user),
      timeoutMs: TRANSACTION_MS,
      host,
      onEvent: (event) => {
        if (event.kind === 'step' && event.direction === 'forward' && event.progress === 'noop') noops += 1
        tell(event, plan, emit)
      },
    })
    return judge(result, plan, facts, noops)
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'failed', plan, failure: null, error, differences: [] }
  }
}

function judge(result: TransactionResult, plan: HostPlan, before: HostFacts, noops: number): HostResult {
  switch (result.outcome) {
    case 'applied': {
      const after = predict(
        before,
        plan.steps.map(({ action }) => action),
      )
      const wrong = compare(
        after,
        result,
        'Every step was done, but the probe afterwards does not show it',
        plan,
      )
      return wrong ?? { kind: 'applied', plan, noops, steps: plan.steps.length }
    }
    case 'rolled_back': {
      const wrong = compare(
        before,
        result,
        'The steps were taken back, but the host is not as it was before',
        plan,
      )
      const failure = failureOf(result.failed, plan)
      if (wrong !== null) return { ...wrong, failure }
      return { kind: 'rolled_back', plan, failure, undone: result.undone.length }
    }
    case 'failed': {
      const error = problem(
        'ROLLBACK_FAILED',
        `${result.message}. The host is neither as it was nor as declared`,
        plan,
      )
      const failure = result.failed === null ? null : failureOf(result.failed, plan)
      const { facts } = result
      const seen = facts.kind === 'seen' ? differences(stateOf(before), stateOf(facts.facts)) : []
      return { kind: 'failed', plan, failure, error, differences: seen }
    }
    case 'refused':
      return {
        kind: 'stale',
        plan,
        error: problem('HOST_CHANGED', `Refused right before the first step: ${result.message}`, plan),
      }
    case 'locked':
      return { kind: 'locked', plan, holder: result.holder }
    case 'lost': {
      const at =
        result.lastStep === null ? 'before its first step was heard of' : `at step ${result.lastStep}`
      const message = `The connection was lost ${at} (${result.why}). The host finishes its steps, or takes them back, by itself`
      return {
        kind: 'failed',
        plan,
        failure: null,
        error: problem('CONNECTION_LOST', message, plan),
        differences: [],
      }
    }
  }
}

/** A failed result when the probe does not show the expected facts; null when it does. */
function compare(
  expected: HostFacts,
  result: Extract<TransactionResult, { outcome: 'applied' | 'rolled_back' }>,
  what: string,
  plan: HostPlan,
): Extract<HostResult, { kind: 'failed' }> | null {
  const { facts } = result
  const failed = (message: string, found: Difference[]) =>
    ({
      kind: 'failed',
      plan,
      failure: null,
      error: problem('NOT_VERIFIED', message, plan),
      differences: found,
    }) as const
  if (facts.kind === 'none') return failed(`${what}: ${facts.why}`, [])
  const found = differences(stateOf(expected), stateOf(facts.facts))
  return found.length === 0 ? null : failed(what, found)
}

function problem(code: string, message: string, { name }: HostPlan): ProvisionError {
  const hint = `See what it has now: provision status FILE --limit ${name}`
  return new ProvisionError(code, message, { host: name, hint })
}

function failureOf({ id, message }: FailedStep, { steps }: HostPlan): StepFailure {
  return { id, summary: steps.find((step) => step.id === id)?.summary ?? `step ${id}`, message }
}

function tell(event: StepEvent, plan: HostPlan, emit: Emit): void {
  if (event.kind === 'note') {
    emit({ type: 'note', host: plan.name, message: event.text })
    return
  }
  const step = plan.steps.find(({ id }) => id === event.step)
  if (step === undefined) return
  const { id, kind, summary } = step
  const state =
    event.progress === 'failed' || event.progress === 'hung'
      ? { state: event.progress, message: event.text }
      : { state: event.progress }
  emit({
    type: 'step',
    host: plan.name,
    run: event.direction === 'forward' ? 'do' : 'undo',
    id,
    kind,
    summary,
    state,
  })
}

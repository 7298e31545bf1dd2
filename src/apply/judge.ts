import { ProvisionError } from '../errors.ts'
import type { HostResult, StepFailure } from '../events/events.ts'
import { quoted } from '../paste.ts'
import type { HostPlan } from '../plan/plan.ts'
import { type Difference, differences, stateOf } from '../plan/state.ts'
import { predict } from '../plan/steps/index.ts'
import type { HostFacts } from '../probe/facts.ts'
import type { FailedStep } from './answer.ts'
import { runOf } from './attempt.ts'
import type { TransactionResult } from './transaction.ts'

/** What a transaction is held against. */
export interface Expectation {
  plan: HostPlan
  /** The facts right before its first step. */
  before: HostFacts
  /** Id under which the host keeps the journal of this attempt. */
  attempt: string
  /** Ids of the steps that changed something; the others found their work done. */
  done: readonly number[]
}

/**
 * The end of a transaction, judged by the probe that followed it and never by the steps' own word: `applied` means that
 * the host is as predicted, `rolled_back` that it is as it was before.
 */
export function judge(result: TransactionResult, expected: Expectation): HostResult {
  const { plan, before, done } = expected
  switch (result.outcome) {
    case 'applied': {
      const after = predict(
        before,
        plan.steps.map(({ action }) => action),
      )
      const what = 'Every step was done, but the probe afterwards does not show it'
      const steps = plan.steps.length
      return (
        compare(after, result, what, plan) ?? { kind: 'applied', plan, noops: steps - done.length, steps }
      )
    }
    case 'rolled_back': {
      const what = 'The steps were taken back, but the host is not as it was before'
      const wrong = compare(before, result, what, plan)
      const failure = failureOf(result.failed, plan)
      if (wrong !== null) return { ...wrong, failure }
      return { kind: 'rolled_back', plan, failure, undone: result.undone.length }
    }
    case 'failed': {
      const message = `${result.message}. The host is neither as it was nor as declared`
      const failure = result.failed === null ? null : failureOf(result.failed, plan)
      const { facts } = result
      const seen = facts.kind === 'seen' ? differences(stateOf(before), stateOf(facts.facts)) : []
      const error = problem('ROLLBACK_FAILED', message, plan)
      return { kind: 'failed', plan, failure, error, differences: seen }
    }
    case 'refused': {
      const message = `Refused right before the first step: ${result.message}`
      return { kind: 'stale', plan, error: problem('HOST_CHANGED', message, plan) }
    }
    case 'locked':
      return { kind: 'locked', plan, holder: result.holder }
    case 'lost':
      return lostResult(result, expected)
  }
}

/** Nobody saw the end: not a success, and not a failure for good. */
export function lostResult(
  { lastStep, why }: Extract<TransactionResult, { outcome: 'lost' }>,
  { plan, attempt }: Pick<Expectation, 'plan' | 'attempt'>,
): HostResult {
  const at = lastStep === null ? 'before its first step was heard of' : `at step ${lastStep}`
  const message = `The connection was lost ${at} (${why}). The host finishes its steps, or takes them back, by itself; how it ended is not known here`
  const error = new ProvisionError('CONNECTION_LOST', message, {
    host: plan.name,
    hint: `When it can be reached again: provision resume ${runOf(attempt)}`,
  })
  return { kind: 'failed', plan, failure: null, error, differences: [] }
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

export function problem(code: string, message: string, { name }: HostPlan): ProvisionError {
  const hint = `See what it has now: provision status FILE --limit ${quoted(name)}`
  return new ProvisionError(code, message, { host: name, hint })
}

function failureOf({ id, message }: FailedStep, { steps }: HostPlan): StepFailure {
  return { id, summary: steps.find((step) => step.id === id)?.summary ?? `step ${id}`, message }
}

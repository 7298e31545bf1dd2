import type { HostResult } from '../../events/events.ts'
import { outcomeOf } from '../../events/outcome.ts'
import { errorJson, plannedHostJson, unreachableHostJson } from './host.ts'
import type { ApplyDocument } from './schema.ts'

/** A host after a run: its plan, and what became of it. */
export function resultHostJson(result: HostResult): ApplyDocument['hosts'][number] {
  if (result.kind === 'unreachable') return { ...unreachableHostJson(result), ...nothingHappened }
  const host = { ...plannedHostJson(result.plan, outcomeOf(result)), ...nothingHappened }
  switch (result.kind) {
    case 'untouched':
      return host
    case 'applied':
      return { ...host, steps_already_so: result.noops }
    case 'rolled_back':
      return { ...host, failure: failureJson(result.failure), steps_undone: result.undone }
    case 'taken_back':
      return { ...host, steps_undone: result.undone, notes: result.notes }
    case 'failed': {
      const failure = result.failure === null ? null : failureJson(result.failure)
      return { ...host, failure, error: errorJson(result.error), differences: result.differences }
    }
    case 'stale':
      return { ...host, error: errorJson(result.error) }
    case 'locked':
      return { ...host, lock_holder: result.holder }
  }
}

const nothingHappened = {
  failure: null,
  steps_already_so: null,
  steps_undone: null,
  differences: [],
  lock_holder: null,
  notes: [],
}

function failureJson({ id, summary, message }: Extract<HostResult, { kind: 'rolled_back' }>['failure']) {
  return { step: id, summary, message }
}

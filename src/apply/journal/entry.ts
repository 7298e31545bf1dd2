import { ProvisionError } from '../../errors.ts'
import type { HostResult } from '../../events/events.ts'
import type { HostPlan } from '../../plan/plan.ts'

/**
 * One line of `hosts.ndjson`, in the order in which things happened. A host that was begun and has no end after it was
 * left in the middle by this program; only its own journal, or a probe, can tell how it is.
 */
export type HostEntry =
  | {
      type: 'begun'
      host: string
      /** ISO 8601. */
      at: string
      /** Id under which the host keeps its journal; another one for each attempt. */
      attempt: string
      direction: 'forward' | 'back'
    }
  | { type: 'ended'; host: string; at: string; attempt: string; result: StoredResult }

type WithoutPlan<R> = R extends { plan: HostPlan } ? Omit<R, 'plan'> : R
type Plain<R> = R extends { error: ProvisionError } ? Omit<R, 'error'> & { error: StoredError } : R

/** A result as JSON; the plan it belongs to stands in the run's `plan.json`. */
export type StoredResult = Plain<WithoutPlan<HostResult>>

interface StoredError {
  code: string
  message: string
  host?: string
  step?: number
  hint?: string
}

export function storedResult(result: HostResult): StoredResult {
  const { plan: _plan, ...rest } = { plan: null, ...result }
  if (!('error' in rest)) return rest as StoredResult
  const { code, message, host, step, hint } = rest.error
  const error = {
    code,
    message,
    ...(host === undefined ? {} : { host }),
    ...(step === undefined ? {} : { step }),
    ...(hint === undefined ? {} : { hint }),
  }
  return { ...rest, error } as StoredResult
}

/** The result that `storedResult` wrote down, with its plan. */
export function restoredResult(stored: StoredResult, plan: HostPlan): HostResult {
  if (!('error' in stored)) return { ...stored, plan } as HostResult
  const { code, message, ...more } = stored.error
  const error = new ProvisionError(code, message, more)
  return (stored.kind === 'unreachable' ? { ...stored, error } : { ...stored, plan, error }) as HostResult
}

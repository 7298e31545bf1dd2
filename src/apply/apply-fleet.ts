import pLimit from 'p-limit'
import type { HostDeclaration } from '../config/declaration.ts'
import type { ProvisionError } from '../errors.ts'
import type { Emit, HostResult } from '../events/events.ts'
import { outcomeOf } from '../events/outcome.ts'
import type { HostPlan } from '../plan/plan.ts'
import type { HostFacts } from '../probe/facts.ts'
import type { Connection } from '../transport/transport.ts'
import { applyHost } from './apply-host.ts'

/** A host with all that its transaction needs, or why it has to be left out. */
export type Ready =
  | {
      kind: 'ready'
      plan: HostPlan
      declaration: HostDeclaration
      facts: HostFacts
      connection: Connection
      /** Set: the host is no longer what the plan relied on. */
      stale: ProvisionError | null
    }
  | { kind: 'unreachable'; name: string; address: string; error: ProvisionError }

export interface ApplyFleetOptions {
  run: string
  forks: number
  emit: Emit
  /** Aborted: hosts that were not begun are skipped. */
  signal: AbortSignal
}

/** Carries the plans out, `forks` hosts at a time, in the order given. A result for every host, in that order. */
export async function applyFleet(hosts: Ready[], options: ApplyFleetOptions): Promise<HostResult[]> {
  const { emit, forks } = options
  const limit = pLimit(forks)
  const atWork = hosts.filter((host) => host.kind === 'ready' && host.plan.outcome === 'changes').length
  emit({ type: 'phase_started', phase: 'apply', hosts: atWork })
  const results = await Promise.all(hosts.map((host) => limit(() => applyOne(host, options))))
  emit({ type: 'phase_finished', phase: 'apply' })
  return results
}

async function applyOne(host: Ready, options: ApplyFleetOptions): Promise<HostResult> {
  if (host.kind === 'unreachable') return host
  const { plan, stale } = host
  if (stale !== null) return { kind: 'stale', plan, error: stale }
  if (plan.outcome !== 'changes') return { kind: 'untouched', plan, outcome: plan.outcome }
  if (options.signal.aborted) return { kind: 'untouched', plan, outcome: 'skipped' }
  options.emit({ type: 'host_started', phase: 'apply', host: plan.name })
  const result = await applyHost(host, options)
  options.emit({ type: 'host_finished', phase: 'apply', host: plan.name, outcome: outcomeOf(result) })
  return result
}

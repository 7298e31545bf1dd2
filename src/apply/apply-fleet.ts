import pLimit from 'p-limit'
import type { HostDeclaration } from '../config/declaration.ts'
import { ProvisionError } from '../errors.ts'
import type { Emit, HostResult } from '../events/events.ts'
import { outcomeOf } from '../events/outcome.ts'
import type { PlanStamp } from '../plan/moves.ts'
import type { HostPlan } from '../plan/plan.ts'
import type { HostFacts } from '../probe/facts.ts'
import type { Connection } from '../transport/transport.ts'
import { applyHost } from './apply-host.ts'
import type { Journal } from './journal/journal.ts'
import { whileLocked } from './patience.ts'
import { staleness } from './staleness.ts'

/** A host with all that its transaction needs, or why it has to be left out. */
export type Ready =
  | {
      kind: 'ready'
      plan: HostPlan
      declaration: HostDeclaration
      facts: HostFacts
      connection: Connection
      /** Id under which the host keeps its journal. */
      attempt: string
      /** Set: the host is no longer what the plan relied on. */
      stale: ProvisionError | null
    }
  | { kind: 'unreachable'; name: string; address: string; error: ProvisionError }

type ReadyHost = Extract<Ready, { kind: 'ready' }>

export interface ApplyFleetOptions {
  /** Of the plan: what its records were made with. */
  stamp: PlanStamp
  forks: number
  emit: Emit
  journal: Journal
  /** Aborted: hosts that were not begun are skipped. */
  signal: AbortSignal
  /** How long to wait for another run to let go of a host. */
  lockTimeoutMs: number
  connect: (declaration: HostDeclaration) => Promise<Connection>
  /** The facts of a host as they are now. */
  probe: (declaration: HostDeclaration, connection: Connection) => Promise<HostFacts>
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
  const result = await applyUnlocked(host, options)
  options.emit({ type: 'host_finished', phase: 'apply', host: plan.name, outcome: outcomeOf(result) })
  return result
}

/** Another run may hold the host: waits for it, and then looks whether the plan still holds. */
function applyUnlocked(host: ReadyHost, options: ApplyFleetOptions): Promise<HostResult> {
  const { plan, declaration, connection } = host
  let facts: HostFacts | null = host.facts
  return whileLocked(async () => {
    try {
      if (facts === null) {
        facts = await options.probe(declaration, connection)
        const stale = staleness(plan, declaration, facts, options.stamp)
        if (stale !== null) return { kind: 'stale', plan, error: stale }
      }
      const result = await journaled({ ...host, facts }, options)
      facts = null
      return result
    } catch (error) {
      if (!(error instanceof ProvisionError)) throw error
      return { kind: 'unreachable', name: plan.name, address: plan.address, error }
    }
  }, options)
}

/** What cannot be written down here is not begun: nobody could resume it, or take it back. */
async function journaled(host: ReadyHost, options: ApplyFleetOptions): Promise<HostResult> {
  const { plan, attempt, facts } = host
  const { journal } = options
  try {
    journal.begin(plan.name, attempt, facts)
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'failed', plan, failure: null, error, differences: [] }
  }
  const result = await applyHost(host, { attempt, emit: options.emit, connect: options.connect })
  journal.end(result, plan.name, attempt)
  return result
}

import { hostname, userInfo } from 'node:os'
import type { HostDeclaration } from '../config/declaration.ts'
import type { Emit } from '../events/events.ts'
import type { HostPlan } from '../plan/plan.ts'
import type { HostFacts } from '../probe/facts.ts'
import type { Connection } from '../transport/transport.ts'

/** A host that is about to be changed, or changed back. */
export interface HostToApply {
  plan: HostPlan
  declaration: HostDeclaration
  /** The facts right before: what the prediction starts from, and what a rollback must come back to. */
  facts: HostFacts
  connection: Connection
}

export interface AttemptOptions {
  /** Id under which the host keeps its journal. */
  attempt: string
  emit: Emit
  /** A new connection to the host, when the one at hand is lost; it is closed by who asked for it. */
  connect: (declaration: HostDeclaration) => Promise<Connection>
}

/** Hugepages may need minutes of compaction, a busy drive minutes to let go; past this nobody waits any more. */
export const TRANSACTION_MS = 30 * 60 * 1000

/** The n-th attempt of a run on a host, from 1; the first has the run's own id. */
export function attemptId(run: string, n: number): string {
  return n <= 1 ? run : `${run}_${n}`
}

/** The run that an attempt belongs to. */
export function runOf(attempt: string): string {
  return attempt.replace(/_\d+$/, '')
}

/** What the lock of a host says of who holds it. */
export function holderLine(attempt: string): string {
  return `run ${attempt} by ${userInfo().username} on ${hostname()} since ${new Date().toISOString()}`
}

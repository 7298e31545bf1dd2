import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import type { HostDeclaration } from '../config/declaration.ts'
import { ProvisionError } from '../errors.ts'
import type { Emit } from '../events/events.ts'
import { resolveBecome } from '../transport/become.ts'
import type { Connection, Transport } from '../transport/transport.ts'
import type { HostFacts } from './facts.ts'
import { probeHost } from './run-probe.ts'

/** One host after the probe: its facts and the connection they came over, or why there are none. */
export type ProbedHost =
  | { kind: 'probed'; declaration: HostDeclaration; facts: HostFacts; connection: Connection }
  | { kind: 'unreachable'; declaration: HostDeclaration; error: ProvisionError }

export interface ProbeFleetOptions {
  transport: Transport
  /** Hosts worked on at once. */
  forks: number
  timeoutMs: number
  emit: Emit
  /** Whether connections stay open for what comes next; otherwise each is closed as soon as its host has answered. */
  keepConnections: boolean
  /** Aborted: hosts that were not begun are left out as unreachable with code `INTERRUPTED`. */
  signal: AbortSignal
}

/**
 * Probes every host, `forks` at a time, and gives what `take` made of each, in the order of the hosts. `take` is
 * called as soon as a host has answered: what it does not keep of the facts of a large fleet is not held. One host's
 * trouble is never another's.
 */
export async function probeFleet<T>(
  hosts: readonly HostDeclaration[],
  options: ProbeFleetOptions,
  take: (host: ProbedHost) => T,
): Promise<T[]> {
  const { emit, forks } = options
  const limit = pLimit(forks)
  emit({ type: 'phase_started', phase: 'probe', hosts: hosts.length })
  const taken = await Promise.all(hosts.map((host) => limit(async () => take(await probeOne(host, options)))))
  emit({ type: 'phase_finished', phase: 'probe' })
  return taken
}

async function probeOne(declaration: HostDeclaration, options: ProbeFleetOptions): Promise<ProbedHost> {
  const { emit, signal } = options
  const host = declaration.name
  if (signal.aborted)
    return {
      kind: 'unreachable',
      declaration,
      error: new ProvisionError('INTERRUPTED', `${host} was not probed: interrupted`, { host }),
    }
  emit({ type: 'host_started', phase: 'probe', host })
  const probed = await connectAndProbe(declaration, options)
  const outcome = probed.kind === 'probed' ? 'in_sync' : 'unreachable'
  emit({ type: 'host_finished', phase: 'probe', host, outcome })
  return probed
}

async function connectAndProbe(
  declaration: HostDeclaration,
  options: ProbeFleetOptions,
): Promise<ProbedHost> {
  let connection: Connection | undefined
  try {
    connection = await options.transport.connect(declaration)
    const facts = await probeDeclared(declaration, connection, options.timeoutMs)
    if (!options.keepConnections) connection.close()
    return { kind: 'probed', declaration, facts, connection }
  } catch (error) {
    connection?.close()
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'unreachable', declaration, error }
  }
}

/** The facts of a host, with those that its declaration asks for. Rejects as `probeHost` does. */
export function probeDeclared(
  declaration: Pick<HostDeclaration, 'name' | 'ssh' | 'owner'>,
  connection: Connection,
  timeoutMs: number,
): Promise<HostFacts> {
  return probeHost(connection, {
    nonce: newNonce(),
    become: resolveBecome(declaration.ssh.become, connection.user),
    users: declaration.owner === null ? [] : [declaration.owner.user],
    timeoutMs,
    host: declaration.name,
  })
}

/** Frames one answer; nobody else on the stream can know it. */
export function newNonce(): string {
  return randomBytes(8).toString('hex')
}

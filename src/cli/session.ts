import { readFile } from 'node:fs/promises'
import type { HostDeclaration } from '../config/declaration.ts'
import { type Config, requireConfig } from '../config/load.ts'
import { renderProblems } from '../config/problem.ts'
import { ProvisionError } from '../errors.ts'
import type { PlannedHost } from '../events/events.ts'
import { selectHosts } from '../inventory/limit.ts'
import { readLimit } from '../inventory/limit-file.ts'
import { didYouMean } from '../inventory/suggest.ts'
import { quoted } from '../paste.ts'
import { type FleetMember, judgeFleet, memberOf } from '../plan/fleet.ts'
import type { PlanStamp } from '../plan/moves.ts'
import { planHost } from '../plan/plan-host.ts'
import { looksLikePlan } from '../plan/saved-plan.ts'
import type { HostFacts } from '../probe/facts.ts'
import { type ProbedHost, type ProbeFleetOptions, probeDeclared, probeFleet } from '../probe/probe-fleet.ts'
import { createLocalTransport } from '../transport/local.ts'
import { createSsh2Transport, type SshPrompts } from '../transport/ssh2.ts'
import type { Connection, Transport } from '../transport/transport.ts'
import { printableLines } from '../views/printable.ts'
import { createProgress, type Progress } from '../views/progress.ts'
import { type Interrupt, onInterrupt } from './interrupt.ts'
import type { FleetOptions } from './options.ts'
import { sshPrompts } from './prompts.ts'
import { lookOf, type Terminal } from './terminal.ts'

/** What every command that reaches hosts works with; `close` must be called however it ends. */
export interface Session {
  transport: Transport
  forks: number
  timeoutMs: number
  progress: Progress
  interrupt: Interrupt
  /** A new connection to a host; whoever asked for it closes it. */
  connect(declaration: HostDeclaration): Promise<Connection>
  /** The facts of a host as they are now. */
  probe(declaration: HostDeclaration, connection: Connection): Promise<HostFacts>
  close(): Promise<void>
}

/** Reads the hosts file and the limit; prints warnings. Throws `CONFIG_INVALID` with everything that is wrong. */
export async function loadHosts(
  file: string,
  options: Pick<FleetOptions, 'limit' | 'forks'>,
  { stderr }: Terminal,
): Promise<{ config: Config; hosts: HostDeclaration[]; forks: number }> {
  if (looksLikePlan(await readFile(file, 'utf8').catch(() => '')))
    throw new ProvisionError('PLAN_FILE_GIVEN', `${file} is a saved plan, not a hosts file`, {
      hint: `\`provision show ${quoted(file)}\` shows it, \`provision apply ${quoted(file)}\` carries it out.`,
    })
  const config = await requireConfig(file)
  if (config.warnings.length > 0) stderr.write(`${printableLines(renderProblems(config.warnings))}\n`)
  const hosts = await limitHosts(config, options.limit)
  return { config, hosts, forks: options.forks ?? config.forks }
}

/** The one host that a command line names. Throws `HOST_UNKNOWN`. */
export async function loadHost(
  { file, host }: { file: string; host: string },
  terminal: Terminal,
): Promise<{ config: Config; declaration: HostDeclaration }> {
  const { config } = await loadHosts(file, {}, terminal)
  const declaration = config.hosts.find(({ name }) => name === host)
  if (declaration !== undefined) return { config, declaration }
  const names = config.hosts.map(({ name }) => name)
  throw new ProvisionError('HOST_UNKNOWN', `${file} has no host ${host}`, {
    hint: didYouMean(host, names) ?? `It has ${names.join(', ')}.`,
  })
}

async function limitHosts(config: Config, limit: string | undefined): Promise<HostDeclaration[]> {
  if (limit === undefined) return config.hosts
  const chosen = new Set(selectHosts(await readLimit(limit), config.inventory))
  return config.hosts.filter(({ name }) => chosen.has(name))
}

export function openSession(
  hosts: readonly HostDeclaration[],
  forks: number,
  options: FleetOptions,
  terminal: Terminal,
): Session {
  const { stderr } = terminal
  const quiet = options.json === true && options.verbose !== true
  const progress = createProgress({ stream: stderr, quiet, ...lookOf(stderr, options) })
  const transport = transportFor(hosts, options, sshPrompts(terminal, progress))
  const interrupt = onInterrupt(stderr)
  const timeoutMs = options.timeout * 1000
  return {
    transport,
    forks,
    timeoutMs,
    progress,
    interrupt,
    connect: (declaration) => transport.connect(declaration),
    probe: (declaration, connection) => probeDeclared(declaration, connection, timeoutMs),
    async close() {
      interrupt.dispose()
      await progress.stop()
      await transport.close()
    },
  }
}

function transportFor(
  hosts: readonly HostDeclaration[],
  options: FleetOptions,
  prompts: SshPrompts | undefined,
): Transport {
  if (options.transport === 'ssh2') return createSsh2Transport(prompts === undefined ? {} : { prompts })
  if (hosts.length > 1)
    throw new ProvisionError(
      'LOCAL_IS_ONE_HOST',
      `--transport local is this machine, but ${hosts.length} hosts are named`,
      {
        hint: 'Name the one that is this machine: --limit HOST',
      },
    )
  return createLocalTransport()
}

/** Probes them all to look at them: each connection is closed as soon as its host has answered. */
export function look<T>(
  hosts: readonly HostDeclaration[],
  session: Session,
  take: (host: ProbedHost) => T,
): Promise<T[]> {
  return probeFleet(hosts, probeOptions(session, false), take)
}

/** Probes them all, to change them: connections stay open for the steps, until `disconnectAll`. */
export function probeForChange(hosts: readonly HostDeclaration[], session: Session): Promise<ProbedHost[]> {
  return probeFleet(hosts, probeOptions(session, true), (host) => host)
}

function probeOptions(session: Session, keepConnections: boolean): ProbeFleetOptions {
  const { transport, forks, timeoutMs, progress, interrupt } = session
  return { transport, forks, timeoutMs, keepConnections, emit: progress.emit, signal: interrupt.signal }
}

export function disconnectAll(probed: readonly ProbedHost[]): void {
  for (const host of probed) if (host.kind === 'probed') host.connection.close()
}

/** The plan of a probed host. `declare` says what is wanted of it: as declared, or all given back. */
export function planOf(
  host: ProbedHost,
  stamp: PlanStamp,
  declare: (declaration: HostDeclaration, facts: HostFacts) => HostDeclaration = (declaration) => declaration,
): PlannedHost {
  if (host.kind === 'unreachable') return notReached(host)
  const { declaration, facts } = host
  return { kind: 'planned', plan: planHost({ declaration: declare(declaration, facts), facts, stamp }) }
}

/** The plans of hosts that were probed to be changed, judged together. */
export function planAll(
  probed: readonly ProbedHost[],
  stamp: PlanStamp,
  declare?: Parameters<typeof planOf>[2],
): PlannedHost[] {
  return judgedTogether(
    probed.map((host) => ({ planned: planOf(host, stamp, declare), member: fellow(host) })),
  )
}

/** The plans of a fleet together, each with the host it was made for, judged by what only all of them tell. */
export function judgedTogether(
  fleet: readonly { planned: PlannedHost; member: FleetMember | null }[],
): PlannedHost[] {
  const known = fleet.flatMap(({ planned, member }) =>
    planned.kind === 'planned' && member !== null ? [{ plan: planned.plan, member }] : [],
  )
  const plans = judgeFleet(known).values()
  return fleet.map(({ planned, member }) => {
    if (planned.kind !== 'planned' || member === null) return planned
    return { kind: 'planned', plan: plans.next().value ?? planned.plan }
  })
}

/** What the look at the fleet needs of a host; null when it was not reached. */
export function fellow(host: ProbedHost): FleetMember | null {
  return host.kind === 'unreachable' ? null : memberOf(host.declaration.name, host.facts)
}

export function notReached({ declaration, error }: Extract<ProbedHost, { kind: 'unreachable' }>) {
  const { name, address } = declaration
  return { kind: 'unreachable', name, address, error } as const
}

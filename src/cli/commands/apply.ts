import { readFile } from 'node:fs/promises'
import { applyFleet, type Ready } from '../../apply/apply-fleet.ts'
import { staleness } from '../../apply/staleness.ts'
import type { HostDeclaration } from '../../config/declaration.ts'
import { ProvisionError } from '../../errors.ts'
import type { HostResult, PlannedHost } from '../../events/events.ts'
import { outcomeOf } from '../../events/outcome.ts'
import { looksLikePlan, notPlanned, openPlan } from '../../plan/saved-plan.ts'
import type { ProbedHost } from '../../probe/probe-fleet.ts'
import { applyJson } from '../../views/json.ts'
import { renderResults } from '../../views/result-text.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { ask } from '../prompts.ts'
import {
  disconnectAll,
  fellow,
  judgedTogether,
  loadHosts,
  notReached,
  openSession,
  planAll,
  probeForChange,
  type Session,
} from '../session.ts'
import { canAsk, lookOf, type Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { plan, showPlan } from './plan.ts'

export interface ApplyOptions extends FleetOptions {
  autoApprove?: true
  check?: true
  skipBlocked?: true
  skipUnreachable?: true
}

/** `provision apply FILE | plan.json`: plan, show, ask, carry out, verify. */
export async function apply(file: string, options: ApplyOptions, terminal: Terminal): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (looksLikePlan(text)) return applySaved(text, file, options, terminal)
  if (options.check === true) return plan(file, options, terminal)
  const { hosts, forks } = await loadHosts(file, options, terminal)
  requireApproval(options, terminal)
  const session = openSession(hosts, forks, options, terminal)
  const stamp = newStamp()
  try {
    const probed = await probeForChange(hosts, session)
    return await carryOut(
      { probed, planned: planAll(probed, stamp), run: stamp.id, approved: false },
      session,
      options,
      terminal,
    )
  } finally {
    await session.close()
  }
}

/** A saved plan was reviewed: it is applied without asking, on every host whose facts are still those it relied on. */
async function applySaved(
  text: string,
  file: string,
  options: ApplyOptions,
  terminal: Terminal,
): Promise<number> {
  const saved = openPlan(text, file, version())
  const wanted = onlyNamed(saved.hosts, options.limit)
  const hosts = wanted.map(({ declaration }) => declaration)
  const session = openSession(hosts, options.forks ?? 32, options, terminal)
  try {
    const probed = await probeForChange(hosts, session)
    const planned = probed.map((host, index): PlannedHost => {
      if (host.kind === 'unreachable') return notReached(host)
      const { name, address } = host.declaration
      const plan = wanted[index]?.plan ?? null
      return plan === null
        ? { kind: 'unreachable', name, address, error: notPlanned(name) }
        : { kind: 'planned', plan }
    })
    const stale = planned.map((host, index) => {
      const from = probed[index]
      if (host.kind !== 'planned' || from?.kind !== 'probed') return null
      return staleness(host.plan, from.declaration, from.facts, saved)
    })
    const judged = judgedTogether(
      planned.map((host, index) => {
        const from = probed[index]
        return { planned: host, member: from === undefined ? null : fellow(from) }
      }),
    )
    return await carryOut(
      { probed, planned: judged, stale, run: saved.id, approved: options.check !== true },
      session,
      options,
      terminal,
    )
  } finally {
    await session.close()
  }
}

function onlyNamed<T extends { declaration: HostDeclaration }>(hosts: T[], limit: string | undefined): T[] {
  if (limit === undefined) return hosts
  const names = new Set(limit.split(/[:,]/))
  const chosen = hosts.filter(({ declaration }) => names.has(declaration.name))
  if (chosen.length > 0) return chosen
  throw new ProvisionError('LIMIT_UNKNOWN', `the plan has no host that fits \`${limit}\``, {
    hint: `It has ${hosts.map(({ declaration }) => declaration.name).join(', ')}; a plan file takes plain names.`,
  })
}

/** A plan that is about to be carried out. `approved`: nobody is to be asked any more. */
export interface Undertaking {
  probed: ProbedHost[]
  /** One for each of `probed`, in its order. */
  planned: PlannedHost[]
  /** For a saved plan, by host: why it does not hold any more. */
  stale?: (ProvisionError | null)[]
  run: string
  approved: boolean
  /** What to say instead of the plan when there is nothing to do on any host. */
  nothingToDo?: string
}

/** Shows the plan, gets it approved, carries it out and tells how it went. Shared by apply and release. */
export async function carryOut(
  undertaking: Undertaking,
  session: Session,
  options: ApplyOptions,
  terminal: Terminal,
): Promise<number> {
  try {
    const results = await approvedResults(undertaking, session, options, terminal)
    await session.progress.stop()
    if (options.json === true) writeJson(applyJson(results.hosts), terminal)
    else if (results.begun)
      terminal.stdout.write(renderResults(results.hosts, lookOf(terminal.stdout, options)))
    if (session.interrupt.signal.aborted) return EXIT.interrupted
    return results.declined ? EXIT.refused : exitCodeOf(results.hosts.map(outcomeOf))
  } finally {
    // An open connection would keep the process from ending.
    disconnectAll(undertaking.probed)
  }
}

interface Results {
  hosts: HostResult[]
  /** Whether hosts were gone through; otherwise the plan that was shown says all. */
  begun: boolean
  /** Somebody was asked, and did not say yes. */
  declined: boolean
}

async function approvedResults(
  { probed, planned, stale = [], run, approved, nothingToDo }: Undertaking,
  session: Session,
  options: ApplyOptions,
  terminal: Terminal,
): Promise<Results> {
  await session.progress.pause()
  const stop = whyNotToBegin(planned, options)
  const todo = planned.some((host, index) => stale[index] || isChanging(host))
  if (options.json !== true) {
    if (nothingToDo !== undefined && planned.every(isInSync)) terminal.stdout.write(`${nothingToDo}\n`)
    else showPlan(planned, options, terminal)
  }
  const left: Results = {
    hosts: planned.map((host, index) => untouched(host, stale[index] ?? null)),
    begun: stale.some((error) => error !== null),
    declined: false,
  }
  if (stop !== null) terminal.stderr.write(`${stop}\n`)
  if (options.check === true || stop !== null || !todo || session.interrupt.signal.aborted) return left
  if (!approved && options.autoApprove !== true && !(await approve(terminal))) {
    terminal.stderr.write('Nothing was changed.\n')
    return { ...left, declined: true }
  }
  const { forks, progress, interrupt } = session
  const ready = readyHosts(probed, planned, stale)
  const hosts = await applyFleet(ready, { run, forks, emit: progress.emit, signal: interrupt.signal })
  return { hosts, begun: true, declined: false }
}

function isInSync(host: PlannedHost): boolean {
  return host.kind === 'planned' && host.plan.outcome === 'in_sync'
}

function isChanging(host: PlannedHost): boolean {
  return host.kind === 'planned' && host.plan.outcome === 'changes'
}

function writeJson(document: object, { stdout }: Terminal): void {
  stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}

/** A host of a run that was not begun. */
function untouched(host: PlannedHost, stale: ProvisionError | null): HostResult {
  if (host.kind === 'unreachable') return host
  const { plan } = host
  if (stale !== null) return { kind: 'stale', plan, error: stale }
  return { kind: 'untouched', plan, outcome: plan.outcome === 'changes' ? 'skipped' : plan.outcome }
}

/** A blocked or unreachable host stops everything before anything is touched, unless it may be left out. */
function whyNotToBegin(planned: PlannedHost[], options: ApplyOptions): string | null {
  const count = (of: (host: PlannedHost) => boolean) => planned.filter(of).length
  const blocked = count((host) => host.kind === 'planned' && host.plan.outcome === 'blocked')
  const unreachable = count((host) => host.kind === 'unreachable')
  const hosts = (n: number) => (n === 1 ? '1 host is' : `${n} hosts are`)
  if (unreachable > 0 && options.skipUnreachable !== true)
    return `Nothing was changed: ${hosts(unreachable)} unreachable. --skip-unreachable goes on without.`
  if (blocked > 0 && options.skipBlocked !== true)
    return `Nothing was changed: ${hosts(blocked)} blocked. --skip-blocked goes on without.`
  return null
}

/** Asked before anything else: without `-y` somebody must be there to see the plan and say yes. */
export function requireApproval(options: ApplyOptions, terminal: Terminal): void {
  if (options.autoApprove === true || options.check === true) return
  if (canAsk(terminal) && options.json !== true) return
  const why =
    options.json === true ? '--json shows no plan to approve' : 'there is no terminal to ask for approval'
  throw new ProvisionError('APPROVAL_NEEDED', `${why}. Nothing was changed.`, {
    hint: 'Give --auto-approve (-y), or save a plan (plan -o FILE), review it, and apply that.',
  })
}

async function approve(terminal: Terminal): Promise<boolean> {
  terminal.stderr.write('\nShall these steps be carried out?\n')
  return (await ask(terminal, "Only 'yes' will be accepted: ")) === 'yes'
}

function readyHosts(
  probed: ProbedHost[],
  planned: PlannedHost[],
  stale: readonly (ProvisionError | null)[],
): Ready[] {
  return probed.map((host, index): Ready => {
    const found = planned[index]
    if (host.kind === 'unreachable') return notReached(host)
    const { name, address } = host.declaration
    if (found?.kind !== 'planned') return { kind: 'unreachable', name, address, error: notPlanned(name) }
    return { ...host, kind: 'ready', plan: found.plan, stale: stale[index] ?? null }
  })
}

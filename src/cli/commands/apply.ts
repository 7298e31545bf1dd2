import { readFile } from 'node:fs/promises'
import { applyFleet, type Ready } from '../../apply/apply-fleet.ts'
import { staleness } from '../../apply/staleness.ts'
import type { HostDeclaration } from '../../config/declaration.ts'
import { ProvisionError } from '../../errors.ts'
import type { HostResult, PlannedHost } from '../../events/events.ts'
import { outcomeOf } from '../../events/outcome.ts'
import { looksLikePlan, openPlan } from '../../plan/saved-plan.ts'
import type { ProbedHost } from '../../probe/probe-fleet.ts'
import { applyJson } from '../../views/json.ts'
import { renderResults } from '../../views/result-text.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { ask } from '../prompts.ts'
import { disconnectAll, loadHosts, openSession, planOf, probeForChange, type Session } from '../session.ts'
import { canAsk, lookOf, type Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { plan, planExitCode, showPlan } from './plan.ts'

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
  const session = openSession(hosts, forks, options, terminal)
  const stamp = newStamp()
  try {
    const probed = await probeForChange(hosts, session)
    return await carryOut(
      { probed, planned: probed.map((host) => planOf(host, stamp)), run: stamp.id, approved: false },
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
      const plan = wanted[index]?.plan
      if (host.kind === 'probed' && plan !== undefined) return { kind: 'planned', plan }
      const { name, address } = host.declaration
      return { kind: 'unreachable', name, address, error: errorOf(host) }
    })
    return await carryOut(
      { probed, planned, run: saved.id, approved: options.check !== true },
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

function errorOf(host: ProbedHost): ProvisionError {
  return host.kind === 'unreachable'
    ? host.error
    : new ProvisionError('PLAN_MISSING', 'the plan file lacks this host')
}

/** A plan that is about to be carried out. `approved`: nobody is to be asked any more. */
export interface Undertaking {
  probed: ProbedHost[]
  /** One for each of `probed`, in its order. */
  planned: PlannedHost[]
  run: string
  approved: boolean
}

/** Shows the plan, gets it approved, carries it out and tells how it went. Shared by apply and release. */
export async function carryOut(
  { probed, planned, run, approved }: Undertaking,
  session: Session,
  options: ApplyOptions,
  terminal: Terminal,
): Promise<number> {
  await session.progress.pause()
  if (options.json !== true) showPlan(planned, options, terminal)
  const stop = whyNotToBegin(planned, options)
  const changing = planned.some((host) => host.kind === 'planned' && host.plan.outcome === 'changes')
  const begin = options.check !== true && stop === null && changing
  const approval = approved || options.autoApprove === true
  if (!begin || !(approval || (await approve(terminal)))) {
    disconnectAll(probed)
    if (options.json === true) writeJson(applyJson(planned.map(untouched)), terminal)
    if (begin) terminal.stderr.write('Nothing was changed.\n')
    else if (stop !== null) terminal.stderr.write(`${stop}\n`)
    return begin ? EXIT.refused : planExitCode(planned, false)
  }
  const results = await applyFleet(readyHosts(probed, planned), {
    run,
    forks: session.forks,
    emit: session.progress.emit,
    signal: session.interrupt.signal,
  })
  disconnectAll(probed)
  await session.progress.stop()
  if (options.json === true) writeJson(applyJson(results), terminal)
  else terminal.stdout.write(renderResults(results, lookOf(terminal.stdout, options)))
  return session.interrupt.signal.aborted ? EXIT.interrupted : exitCodeOf(results.map(outcomeOf))
}

function writeJson(document: object, { stdout }: Terminal): void {
  stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}

/** A host of a run that was not begun. */
function untouched(host: PlannedHost): HostResult {
  if (host.kind === 'unreachable') return host
  const { plan } = host
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

async function approve(terminal: Terminal): Promise<boolean> {
  if (!canAsk(terminal))
    throw new ProvisionError(
      'APPROVAL_NEEDED',
      'there is no terminal to ask for approval. Nothing was changed.',
      {
        hint: 'Give --auto-approve (-y), or save a plan (plan -o FILE), review it, and apply that.',
      },
    )
  terminal.stderr.write('\nShall these steps be carried out?\n')
  return (await ask(terminal, "Only 'yes' will be accepted: ")) === 'yes'
}

function readyHosts(probed: ProbedHost[], planned: PlannedHost[]): Ready[] {
  return probed.map((host, index): Ready => {
    const found = planned[index]
    if (host.kind === 'unreachable' || found?.kind !== 'planned') {
      const { name, address } = host.declaration
      return { kind: 'unreachable', name, address, error: errorOf(host) }
    }
    const { plan } = found
    return { ...host, kind: 'ready', plan, stale: staleness(plan, host.facts) }
  })
}

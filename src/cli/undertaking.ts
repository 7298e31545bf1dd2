import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { type ApplyFleetOptions, applyFleet, type Ready } from '../apply/apply-fleet.ts'
import { type Journal, newJournal } from '../apply/journal/journal.ts'
import type { HostDeclaration } from '../config/declaration.ts'
import type { ProvisionError } from '../errors.ts'
import type { HostResult, PlannedHost } from '../events/events.ts'
import { outcomeOf } from '../events/outcome.ts'
import type { PlanStamp } from '../plan/moves.ts'
import { notPlanned, type SavedHost, sealPlan } from '../plan/saved-plan.ts'
import type { HostFacts } from '../probe/facts.ts'
import type { ProbedHost } from '../probe/probe-fleet.ts'
import { applyJson, planJson } from '../views/json.ts'
import { jsonText } from '../views/json-text.ts'
import { renderResults } from '../views/result-text.ts'
import { approve } from './approval.ts'
import { showPlan } from './commands/plan.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import type { ChangeOptions } from './options.ts'
import { disconnectAll, notReached, type Session } from './session.ts'
import { lookOf, type Terminal } from './terminal.ts'
import { version } from './version.ts'

/** A plan that is about to be carried out. */
export interface Undertaking {
  command: 'apply' | 'release'
  /** The hosts file or plan that the user named. */
  file: string
  probed: ProbedHost[]
  /** One for each of `probed`, in its order. */
  planned: PlannedHost[]
  /** What the plans were made for, from what the hosts file declares. */
  declare: (declaration: HostDeclaration, facts: HostFacts) => HostDeclaration
  /** For a saved plan, by host: why it does not hold any more. */
  stale?: (ProvisionError | null)[]
  /** Of the plan, and the id of its first run. */
  stamp: PlanStamp
  /** Id of this run. */
  run: string
  /** Nobody is to be asked any more. */
  approved: boolean
  /** What to say instead of the plan when there is nothing to do on any host. */
  nothingToDo?: string
}

/** Shows the plan, gets it approved, carries it out and tells how it went. Shared by apply and release. */
export async function carryOut(
  undertaking: Undertaking,
  session: Session,
  options: ChangeOptions,
  terminal: Terminal,
): Promise<number> {
  try {
    const results = await approvedResults(undertaking, session, options, terminal)
    await session.progress.stop()
    if (options.json === true) writeJson(applyJson(results.hosts), terminal)
    else if (results.begun)
      terminal.stdout.write(renderResults(results.hosts, lookOf(terminal.stdout, options)))
    if (session.interrupt.signal.aborted) {
      tellHowToGoOn(results, undertaking.run, terminal)
      return EXIT.interrupted
    }
    return results.declined ? EXIT.refused : exitCodeOf(results.hosts.map(outcomeOf))
  } finally {
    // An open connection would keep the process from ending.
    disconnectAll(undertaking.probed)
  }
}

function tellHowToGoOn({ begun, hosts }: Results, run: string, { stderr }: Terminal): void {
  if (begun && hosts.some((host) => outcomeOf(host) === 'skipped'))
    stderr.write(
      `Interrupted. The hosts that were not begun are as they were; to go on: provision resume ${run}\n`,
    )
}

interface Results {
  hosts: HostResult[]
  /** Whether hosts were gone through; otherwise the plan that was shown says all. */
  begun: boolean
  /** Somebody was asked, and did not say yes. */
  declined: boolean
}

async function approvedResults(
  undertaking: Undertaking,
  session: Session,
  options: ChangeOptions,
  terminal: Terminal,
): Promise<Results> {
  const { planned, stale = [], run, approved, nothingToDo } = undertaking
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
  const journal = openJournal(undertaking, options)
  session.interrupt.begun(run)
  const hosts = await applyFleet(
    readyHosts(undertaking),
    fleetOptions(undertaking.stamp, journal, session, options),
  )
  return { hosts, begun: true, declined: false }
}

/** How a fleet is gone through, from the options of the command line. */
export function fleetOptions(
  stamp: PlanStamp,
  journal: Journal,
  session: Session,
  options: Pick<ChangeOptions, 'lockTimeout'>,
): ApplyFleetOptions {
  const { forks, progress, interrupt } = session
  return {
    stamp,
    journal,
    forks,
    signal: interrupt.signal,
    lockTimeoutMs: options.lockTimeout * 1000,
    connect: session.connect,
    probe: session.probe,
    emit(event) {
      journal.event(event)
      progress.emit(event)
    },
  }
}

/** The journal of the run, with the plan as `plan -o` would save it. */
function openJournal(undertaking: Undertaking, { transport }: ChangeOptions): Journal {
  const { command, file, run: id, stamp, probed, planned, declare } = undertaking
  const hosts = probed.map((host, index): SavedHost => {
    const found = planned[index]
    const { declaration } = host
    return found?.kind === 'planned' && host.kind === 'probed'
      ? { declaration: declare(declaration, host.facts), plan: found.plan }
      : { declaration, plan: null }
  })
  const by = `${userInfo().username}@${hostname()}`
  const head = { format: 1, id, command, at: new Date().toISOString(), by, madeBy: version() } as const
  return newJournal(
    { ...head, file: resolve(file), transport },
    sealPlan(planJson(planned), { madeBy: version(), ...stamp, hosts }),
  )
}

function isInSync(host: PlannedHost): boolean {
  return host.kind === 'planned' && host.plan.outcome === 'in_sync'
}

function isChanging(host: PlannedHost): boolean {
  return host.kind === 'planned' && host.plan.outcome === 'changes'
}

export function writeJson(document: object, { stdout }: Terminal): void {
  stdout.write(jsonText(document))
}

/** A host of a run that was not begun. */
function untouched(host: PlannedHost, stale: ProvisionError | null): HostResult {
  if (host.kind === 'unreachable') return host
  const { plan } = host
  if (stale !== null) return { kind: 'stale', plan, error: stale }
  return { kind: 'untouched', plan, outcome: plan.outcome === 'changes' ? 'skipped' : plan.outcome }
}

/** A blocked or unreachable host stops everything before anything is touched, unless it may be left out. */
function whyNotToBegin(planned: PlannedHost[], options: ChangeOptions): string | null {
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

function readyHosts({ probed, planned, stale = [], run, declare }: Undertaking): Ready[] {
  return probed.map((host, index): Ready => {
    const found = planned[index]
    if (host.kind === 'unreachable') return notReached(host)
    const { name, address } = host.declaration
    if (found?.kind !== 'planned') return { kind: 'unreachable', name, address, error: notPlanned(name) }
    return {
      kind: 'ready',
      plan: found.plan,
      declaration: declare(host.declaration, host.facts),
      facts: host.facts,
      connection: host.connection,
      attempt: run,
      stale: stale[index] ?? null,
    }
  })
}

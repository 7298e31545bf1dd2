import pLimit from 'p-limit'
import { type ApplyFleetOptions, applyFleet, type Ready } from '../../apply/apply-fleet.ts'
import { attemptId, type HostToApply, runOf } from '../../apply/attempt.ts'
import { restoredResult } from '../../apply/journal/entry.ts'
import { appendTo } from '../../apply/journal/journal.ts'
import {
  factsBefore,
  factsLost,
  type RecordedHost,
  type RecordedRun,
  readRun,
} from '../../apply/journal/read-runs.ts'
import { whileLocked } from '../../apply/patience.ts'
import { type ResumeChoice, resumeChoice } from '../../apply/resume-choice.ts'
import { notOnHost } from '../../apply/rollback-host.ts'
import { type Settled, settleHost } from '../../apply/settle-host.ts'
import { staleness } from '../../apply/staleness.ts'
import type { ProvisionError } from '../../errors.ts'
import type { HostResult } from '../../events/events.ts'
import { outcomeOf } from '../../events/outcome.ts'
import type { HostPlan } from '../../plan/plan.ts'
import { notPlanned } from '../../plan/saved-plan.ts'
import type { ProbedHost } from '../../probe/probe-fleet.ts'
import { applyJson } from '../../views/json.ts'
import { renderResults } from '../../views/result-text.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import { onlyNamed } from '../limit-names.ts'
import type { ChangeOptions } from '../options.ts'
import { disconnectAll, openSession, probeForChange, type Session } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'
import { fleetOptions, writeJson } from '../undertaking.ts'
import { version } from '../version.ts'

export interface ResumeOptions extends ChangeOptions {
  retryFailed?: true
}

/** A host of the run with what has to be done with it. */
type Chosen = RecordedHost & { choice: ResumeChoice; declaration: RecordedHost['saved']['declaration'] }

/**
 * `provision resume RUN`: hosts that were left in the middle are followed to their end, or taken back where their agent
 * is gone; then the hosts that are still to do get the very steps that were approved. No step runs twice.
 */
export async function resume(id: string, options: ResumeOptions, terminal: Terminal): Promise<number> {
  const run = readRun(runOf(id), version())
  const chosen = onlyNamed(
    run.hosts.map((host): Chosen => {
      const choice = resumeChoice(host, options.retryFailed === true)
      return { ...host, choice, declaration: host.saved.declaration }
    }),
    options.limit,
  )
  const todo = chosen.filter(({ choice }) => choice !== 'leave')
  const session = openSession(
    todo.map(({ declaration }) => declaration),
    options.forks ?? 32,
    { ...options, transport: run.head.transport },
    terminal,
  )
  const probed =
    todo.length === 0
      ? []
      : await probeForChange(
          todo.map(({ declaration }) => declaration),
          session,
        )
  try {
    const results = await gone(chosen, todo, probed, run, { session, options })
    await session.progress.stop()
    if (options.json === true) writeJson(applyJson(results), terminal)
    else terminal.stdout.write(renderResults(results, lookOf(terminal.stdout, options)))
    tellOfFailed(results, id, options, terminal)
    if (session.interrupt.signal.aborted)
      terminal.stderr.write(`Interrupted. To go on: provision resume ${id}\n`)
    return session.interrupt.signal.aborted ? EXIT.interrupted : exitCodeOf(results.map(outcomeOf))
  } finally {
    disconnectAll(probed)
    await session.close()
  }
}

/** A result for each host of the run, in its order. */
async function gone(
  chosen: Chosen[],
  todo: Chosen[],
  probed: ProbedHost[],
  run: RecordedRun,
  { session, options }: { session: Session; options: ResumeOptions },
): Promise<HostResult[]> {
  const journal = appendTo(run.folder, run.head.id)
  session.interrupt.begun(run.head.id)
  const limit = pLimit(session.forks)
  const fleet = fleetOptions(run.saved, journal, session, options)
  const prepared = await Promise.all(
    todo.map((host, at) => limit(() => prepare(host, probed[at], run, fleet, session))),
  )
  const ready = prepared.flatMap((one) => (one.kind === 'over' ? [] : [one.ready]))
  const carried = await applyFleet(ready, fleet)
  const results = new Map<string, HostResult>()
  for (const [at, host] of todo.entries()) {
    const one = prepared[at]
    if (one?.kind === 'over') results.set(host.name, one.result)
    else if (one !== undefined) {
      const result = carried[ready.indexOf(one.ready)]
      if (result !== undefined) results.set(host.name, result)
    }
  }
  return chosen.map((host) => results.get(host.name) ?? pastResult(host))
}

type Prepared = { kind: 'over'; result: HostResult } | { kind: 'ready'; ready: Ready }

/** Settles what was left in the middle, then looks whether the plan still holds. */
async function prepare(
  host: Chosen,
  probed: ProbedHost | undefined,
  run: RecordedRun,
  options: ApplyFleetOptions,
  session: Session,
): Promise<Prepared> {
  const { journal } = options
  const { plan } = host.saved
  const { name, address } = host.declaration
  if (plan === null || probed === undefined)
    return { kind: 'over', result: { kind: 'unreachable', name, address, error: notPlanned(name) } }
  if (probed.kind === 'unreachable')
    return { kind: 'over', result: { kind: 'unreachable', name, address, error: probed.error } }
  const { declaration, connection } = probed
  let { facts } = probed
  let { attempts } = host
  if (host.last !== null && (host.choice === 'settle' || host.choice === 'finish_rollback')) {
    const { attempt } = host.last
    const before = factsBefore(run, name)
    // Without them nobody can say that the host is as it was, and going on would be a guess.
    if (before === null) return over(plan, factsLost(run, name))
    const settled = await settledHost({ plan, declaration, facts: before, connection }, attempt, options)
    if (settled.kind === 'ended') {
      // A lock, or a refusal, changes nothing of what the host is in the middle of.
      if (settled.result.kind !== 'locked' && settled.result.kind !== 'stale')
        journal.end(settled.result, name, attempt)
      return { kind: 'over', result: settled.result }
    }
    if (settled.kind === 'as_before') {
      journal.end(settled.result, name, attempt)
      if (host.choice === 'finish_rollback') return { kind: 'over', result: settled.result }
    } else if (host.choice === 'finish_rollback') return over(plan, notOnHost(plan, attempt))
    facts = await session.probe(declaration, connection)
    attempts = Math.max(attempts, 1)
  }
  const stale = staleness(plan, declaration, facts, run.saved)
  const attempt = attemptId(run.head.id, attempts + 1)
  return { kind: 'ready', ready: { kind: 'ready', plan, declaration, facts, connection, attempt, stale } }
}

const over = (plan: HostPlan, error: ProvisionError): Prepared => ({
  kind: 'over',
  result: { kind: 'failed', plan, failure: null, error, differences: [] },
})

/** Waits for the lock of another run, as far as `--lock-timeout` allows. */
async function settledHost(host: HostToApply, attempt: string, options: ApplyFleetOptions): Promise<Settled> {
  let settled: Settled = { kind: 'not_there' }
  await whileLocked(async () => {
    settled = await settleHost(host, { attempt, emit: options.emit, connect: options.connect })
    return settled.kind === 'ended'
      ? settled.result
      : { kind: 'untouched', plan: host.plan, outcome: 'skipped' }
  }, options)
  return settled
}

/** How a host fared that is left as it is. */
function pastResult({ saved, last }: Chosen): HostResult {
  const { plan, declaration } = saved
  const { name, address } = declaration
  if (plan === null) return { kind: 'unreachable', name, address, error: notPlanned(name) }
  if (last?.result != null) return restoredResult(last.result, plan)
  return { kind: 'untouched', plan, outcome: plan.outcome === 'changes' ? 'skipped' : plan.outcome }
}

function tellOfFailed(
  results: HostResult[],
  id: string,
  { retryFailed }: ResumeOptions,
  { stderr }: Terminal,
): void {
  const failed = results.filter(({ kind }) => kind === 'failed' || kind === 'rolled_back')
  if (failed.length > 0 && retryFailed !== true)
    stderr.write(
      `Failed hosts are left as they are; to try them again: provision resume ${id} --retry-failed\n`,
    )
}

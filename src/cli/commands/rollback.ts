import pLimit from 'p-limit'
import type { ApplyFleetOptions } from '../../apply/apply-fleet.ts'
import { runOf } from '../../apply/attempt.ts'
import { appendTo } from '../../apply/journal/journal.ts'
import {
  factsBefore,
  factsLost,
  type RecordedHost,
  type RecordedRun,
  readRun,
  runHead,
} from '../../apply/journal/read-runs.ts'
import { problem } from '../../apply/judge.ts'
import { whileLocked } from '../../apply/patience.ts'
import {
  type HostToRollBack,
  lookForRollback,
  type Rollback,
  rollBackHost,
} from '../../apply/rollback-host.ts'
import { ProvisionError } from '../../errors.ts'
import type { HostResult } from '../../events/events.ts'
import { outcomeOf } from '../../events/outcome.ts'
import { differences, stateOf } from '../../plan/state.ts'
import { handedOver, stepsBack } from '../../plan/taken-back.ts'
import type { ProbedHost } from '../../probe/probe-fleet.ts'
import { applyJson } from '../../views/json.ts'
import { renderResults } from '../../views/result-text.ts'
import { renderRollback } from '../../views/rollback-text.ts'
import { approve, requireApproval } from '../approval.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import { onlyNamed } from '../limit-names.ts'
import type { ChangeOptions } from '../options.ts'
import { disconnectAll, openSession, probeForChange, type Session } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'
import { fleetOptions, writeJson } from '../undertaking.ts'
import { version } from '../version.ts'
import { rollbackUnknown } from './rollback-unknown.ts'

/** One host of the run with what there is to take back on it, or its result already. */
type Looked =
  | { kind: 'steps'; host: HostToRollBack; ids: number[] }
  | { kind: 'over'; result: HostResult; changed: boolean }

/** `provision rollback RUN`: takes back what a run changed, on every host where it changed something. */
export async function rollback(
  { id, file }: { id: string; file: string | undefined },
  options: ChangeOptions,
  terminal: Terminal,
): Promise<number> {
  if (file !== undefined && runHead(runOf(id)) === null)
    return rollbackUnknown({ id, file }, options, terminal)
  const run = readRun(runOf(id), version())
  const begun = onlyNamed(run.hosts.map(withDeclaration), options.limit).filter(mayHaveChanged)
  if (begun.length === 0) {
    terminal.stdout.write(
      `Nothing to take back: run ${id} changed nothing that was not taken back already.\n`,
    )
    return EXIT.ok
  }
  requireApproval(options, terminal)
  const hosts = begun.map(({ declaration }) => declaration)
  const reaching = { ...options, transport: run.head.transport }
  const session = openSession(hosts, options.forks ?? 32, reaching, terminal)
  const probed = await probeForChange(hosts, session)
  try {
    const looked = await inTurn(session, probed, (host, at) => lookAt(host, begun[at], run, session))
    await session.progress.pause()
    const results = await takenBack(looked, run, { session, options, terminal })
    await session.progress.stop()
    if (options.json === true) writeJson(applyJson(results.hosts), terminal)
    else if (options.check !== true && !results.declined)
      terminal.stdout.write(renderResults(results.hosts, lookOf(terminal.stdout, options)))
    if (session.interrupt.signal.aborted) {
      terminal.stderr.write(`Interrupted. To go on: provision rollback ${run.head.id}\n`)
      return EXIT.interrupted
    }
    if (results.declined) return EXIT.refused
    const wrong = results.hosts.filter(({ kind }) => kind !== 'taken_back' && kind !== 'untouched')
    return exitCodeOf(wrong.map(outcomeOf))
  } finally {
    disconnectAll(probed)
    await session.close()
  }
}

const withDeclaration = (host: RecordedHost) => ({ ...host, declaration: host.saved.declaration })
type BegunHost = ReturnType<typeof withDeclaration>

/** Whether the last attempt on the host may have left something of it. */
function mayHaveChanged({ last }: RecordedHost): boolean {
  const kind = last?.result?.kind
  return (
    last !== null && kind !== 'rolled_back' && kind !== 'taken_back' && kind !== 'locked' && kind !== 'stale'
  )
}

async function lookAt(
  probed: ProbedHost,
  recorded: BegunHost | undefined,
  run: RecordedRun,
  session: Session,
): Promise<Looked> {
  const { name, address } = probed.declaration
  if (probed.kind === 'unreachable')
    return {
      kind: 'over',
      changed: true,
      result: { kind: 'unreachable', name, address, error: probed.error },
    }
  const plan = recorded?.saved.plan ?? null
  const before = factsBefore(run, name)
  const attempt = recorded?.last?.attempt
  if (plan === null || before === null || attempt === undefined) {
    const error = factsLost(run, name)
    return { kind: 'over', changed: true, result: { kind: 'unreachable', name, address, error } }
  }
  const { declaration, connection, facts: now } = probed
  const host: HostToRollBack = { plan, declaration, connection, facts: before, now, attempt }
  const found = await lookForRollback(host, { emit: session.progress.emit })
  return lookedAt(host, found)
}

function lookedAt(host: HostToRollBack, found: Rollback): Looked {
  const { plan } = host
  if (found.kind === 'steps') return { kind: 'steps', host, ids: found.ids }
  if (found.kind === 'refused')
    return { kind: 'over', changed: true, result: { kind: 'stale', plan, error: found.error } }
  return { kind: 'over', changed: false, result: asBefore(host) }
}

/** There is nothing to take back; whether the host is as it was, the probe says that was just made. */
function asBefore({ plan, facts, now }: HostToRollBack): HostResult {
  const found = differences(stateOf(facts), stateOf(now))
  if (found.length === 0) return { kind: 'taken_back', plan, undone: 0, notes: [] }
  const message = 'Nothing of this run is left to take back, but the host is not as it was before it'
  return {
    kind: 'failed',
    plan,
    failure: null,
    error: problem('NOT_VERIFIED', message, plan),
    differences: found,
  }
}

async function takenBack(
  looked: Looked[],
  run: RecordedRun,
  { session, options, terminal }: { session: Session; options: ChangeOptions; terminal: Terminal },
): Promise<{ hosts: HostResult[]; declined: boolean }> {
  const todo = looked.flatMap((one) => (one.kind === 'steps' ? [one] : []))
  const as = (one: Looked): HostResult =>
    one.kind === 'over' ? one.result : { kind: 'untouched', plan: one.host.plan, outcome: 'skipped' }
  if (options.json !== true && todo.length > 0) {
    const shown = todo.map(({ host: { plan }, ids }) => ({
      plan,
      steps: stepsBack(plan, ids),
      drives: handedOver(plan, ids),
    }))
    terminal.stdout.write(renderRollback(shown, lookOf(terminal.stdout, options)))
  }
  const left = { hosts: looked.map(as), declined: false }
  const stop = whyNotToBegin(looked, options)
  if (stop !== null) terminal.stderr.write(`${stop}\n`)
  if (todo.length === 0 || stop !== null || options.check === true || session.interrupt.signal.aborted)
    return left
  if (options.autoApprove !== true && !(await approve(terminal, 'Shall these steps be carried out?'))) {
    terminal.stderr.write('Nothing was changed.\n')
    return { ...left, declined: true }
  }
  const fleet = fleetOptions(run.saved, appendTo(run.folder, run.head.id), session, options)
  session.interrupt.begun(run.head.id)
  const { emit } = session.progress
  emit({ type: 'phase_started', phase: 'apply', hosts: todo.length })
  const hosts = await inTurn(session, looked, (one) =>
    one.kind === 'over' || session.interrupt.signal.aborted
      ? Promise.resolve(as(one))
      : takeOneBack(one, fleet),
  )
  emit({ type: 'phase_finished', phase: 'apply' })
  return { hosts, declined: false }
}

async function takeOneBack(
  { host, ids }: Extract<Looked, { kind: 'steps' }>,
  options: ApplyFleetOptions,
): Promise<HostResult> {
  const { plan, attempt } = host
  const { emit, journal } = options
  emit({ type: 'host_started', phase: 'apply', host: plan.name })
  const result = await whileLocked(async () => {
    try {
      journal.begin(plan.name, attempt, null, 'back')
    } catch (error) {
      if (!(error instanceof ProvisionError)) throw error
      return { kind: 'failed', plan, failure: null, error, differences: [] }
    }
    const ended = await rollBackHost(host, ids, options)
    journal.end(ended, plan.name, attempt)
    return ended
  }, options)
  emit({ type: 'host_finished', phase: 'apply', host: plan.name, outcome: outcomeOf(result) })
  return result
}

/** A host that cannot be taken back stops all, before anything is touched. */
function whyNotToBegin(looked: Looked[], options: ChangeOptions): string | null {
  const count = (kind: HostResult['kind']) =>
    looked.filter((one) => one.kind === 'over' && one.changed && one.result.kind === kind).length
  const hosts = (n: number) => (n === 1 ? '1 host is' : `${n} hosts are`)
  if (count('unreachable') > 0 && options.skipUnreachable !== true)
    return `Nothing was changed: ${hosts(count('unreachable'))} unreachable. --skip-unreachable goes on without.`
  if (count('stale') > 0 && options.skipBlocked !== true)
    return `Nothing was changed: ${hosts(count('stale'))} not as the run left it. --skip-blocked goes on without.`
  return null
}

function inTurn<T, R>(
  { forks }: Session,
  items: readonly T[],
  work: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const limit = pLimit(forks)
  return Promise.all(items.map((item, at) => limit(() => work(item, at))))
}

import pLimit from 'p-limit'
import { actionOf } from '../../agent/call-action.ts'
import { type AbandonedRun, attachRun } from '../../apply/attach.ts'
import { holderLine, TRANSACTION_MS } from '../../apply/attempt.ts'
import { problem } from '../../apply/judge.ts'
import { whileLocked } from '../../apply/patience.ts'
import { takeBack, toTakeBack } from '../../apply/take-back.ts'
import type { FinalFacts } from '../../apply/transaction.ts'
import { watchSteps } from '../../apply/watch-steps.ts'
import { ProvisionError } from '../../errors.ts'
import type { HostResult } from '../../events/events.ts'
import { outcomeOf } from '../../events/outcome.ts'
import type { HostPlan } from '../../plan/plan.ts'
import { planHost } from '../../plan/plan-host.ts'
import type { Step } from '../../plan/step.ts'
import { stepOf } from '../../plan/steps/index.ts'
import { absent, seen } from '../../probe/fact.ts'
import type { ProbedHost } from '../../probe/probe-fleet.ts'
import { resolveBecome } from '../../transport/become.ts'
import { applyJson } from '../../views/json.ts'
import { renderResults } from '../../views/result-text.ts'
import { renderRollback } from '../../views/rollback-text.ts'
import { approve, requireApproval } from '../approval.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { ChangeOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { disconnectAll, loadHosts, openSession, probeForChange, type Session } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'
import { writeJson } from '../undertaking.ts'

type Found =
  | { kind: 'abandoned'; run: AbandonedRun; plan: HostPlan; steps: Step[]; host: Probed }
  | { kind: 'over'; result: HostResult }
type Probed = Extract<ProbedHost, { kind: 'probed' }>

/**
 * `provision rollback RUN FILE`: for a run that another machine began and that never came to its end on a host. What
 * it had done is taken back by the host's own journal; FILE only says how to reach the host.
 */
export async function rollbackUnknown(
  { id, file }: { id: string; file: string },
  options: ChangeOptions,
  terminal: Terminal,
): Promise<number> {
  const { hosts, forks } = await loadHosts(file, options, terminal)
  requireApproval(options, terminal)
  const session = openSession(hosts, forks, options, terminal)
  const probed = await probeForChange(hosts, session)
  try {
    const limit = pLimit(forks)
    const found = await Promise.all(probed.map((host) => limit(() => lookFor(id, host))))
    await session.progress.pause()
    const todo = found.flatMap((one) => (one.kind === 'abandoned' ? [one] : []))
    if (options.json !== true && todo.length > 0)
      terminal.stdout.write(
        renderRollback(
          todo.map(({ plan, steps }) => ({ plan, steps, drives: [] })),
          lookOf(terminal.stdout, options),
        ),
      )
    const begin = todo.length > 0 && options.check !== true && !session.interrupt.signal.aborted
    if (begin && options.autoApprove !== true && !(await approve(terminal))) {
      terminal.stderr.write('Nothing was changed.\n')
      return EXIT.refused
    }
    const { signal } = session.interrupt
    const { emit } = session.progress
    if (begin) {
      session.interrupt.begun(id)
      emit({ type: 'phase_started', phase: 'apply', hosts: todo.length })
    }
    const waiting = { lockTimeoutMs: options.lockTimeout * 1000, signal, emit }
    const results = await Promise.all(
      found.map((one) =>
        limit((): Promise<HostResult> | HostResult => {
          if (one.kind === 'over') return one.result
          if (!begin || signal.aborted) return { kind: 'untouched', plan: one.plan, outcome: 'skipped' }
          return whileLocked(() => takeOneBack(id, one, session), waiting)
        }),
      ),
    )
    if (begin) emit({ type: 'phase_finished', phase: 'apply' })
    await session.progress.stop()
    if (options.json === true) writeJson(applyJson(results), terminal)
    else if (options.check !== true)
      terminal.stdout.write(renderResults(results, lookOf(terminal.stdout, options)))
    if (signal.aborted) return EXIT.interrupted
    const wrong = results.filter(({ kind }) => kind !== 'taken_back' && kind !== 'untouched')
    return exitCodeOf(wrong.map(outcomeOf))
  } finally {
    disconnectAll(probed)
    await session.close()
  }
}

async function lookFor(id: string, host: ProbedHost): Promise<Found> {
  const { name, address } = host.declaration
  if (host.kind === 'unreachable')
    return { kind: 'over', result: { kind: 'unreachable', name, address, error: host.error } }
  const plan = planHost({ ...host, stamp: newStamp() })
  const refused = (error: ProvisionError): Found => ({ kind: 'over', result: { kind: 'stale', plan, error } })
  try {
    const run = await attachRun(host.connection, { ...asking(host, () => {}), run: id, users: [] })
    if (run.outcome === 'abandoned') {
      const named = { ...plan, steps: forwardSteps(run, host) }
      return { kind: 'abandoned', run, plan: named, steps: stepsOf(run, host), host }
    }
    if (run.outcome === 'taken_back' || run.outcome === 'rolled_back')
      return { kind: 'over', result: { kind: 'taken_back', plan, undone: 0, notes: [] } }
    if (run.outcome === 'unknown_run')
      return refused(problem('RUN_NOT_ON_HOST', `The host has no journal of run ${id}`, plan))
    const hint =
      'A run that came to its end is taken back on the machine that began it; provision release FILE gives the drives back from anywhere.'
    return refused(
      new ProvisionError('RUN_NOT_ABANDONED', `Run ${id} is not in the middle there: it is ${run.outcome}`, {
        host: name,
        hint,
      }),
    )
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return refused(error)
  }
}

/** What is going to happen, as far as the host's copy of the program can be read as steps. */
function stepsOf(run: AbandonedRun, { facts }: Probed): Step[] {
  const ids = new Set(toTakeBack(run))
  const actions = run.program.steps
    .filter(({ id }) => ids.has(id))
    .toReversed()
    .flatMap(({ undo }) => undo.flatMap((call) => actionOf(call, facts) ?? []))
  return actions.map((action, index) => stepOf(index + 1, action))
}

/** The steps of the run, so that their taking back can be told by name. */
function forwardSteps(run: AbandonedRun, { facts }: Probed): Step[] {
  return run.program.steps.flatMap(({ id, call }) => {
    const action = actionOf(call, facts)
    return action === undefined ? [] : [stepOf(id, action)]
  })
}

async function takeOneBack(
  id: string,
  { run, plan, steps, host }: Extract<Found, { kind: 'abandoned' }>,
  session: Session,
): Promise<HostResult> {
  const { emit } = session.progress
  try {
    const result = await takeBack(host.connection, run.program, {
      ...asking(host, watchSteps(plan, emit).onEvent),
      steps: toTakeBack(run),
      holder: holderLine(id),
    })
    switch (result.outcome) {
      case 'rolled_back':
        return proven(result.facts, steps, plan, result.undone.length)
      case 'locked':
        return { kind: 'locked', plan, holder: result.holder }
      case 'lost':
      case 'failed':
      case 'refused': {
        const message = result.outcome === 'lost' ? `The connection was lost (${result.why})` : result.message
        const error = problem('ROLLBACK_FAILED', message, plan)
        return { kind: 'failed', plan, failure: null, error, differences: [] }
      }
    }
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    return { kind: 'failed', plan, failure: null, error, differences: [] }
  }
}

/**
 * How the host was before the run is not known here; what its journal names is looked for in the probe that followed:
 * the driver of every drive, and every mount.
 */
function proven(facts: FinalFacts, steps: Step[], plan: HostPlan, undone: number): HostResult {
  const failed = (message: string): HostResult => {
    const error = problem('NOT_VERIFIED', message, plan)
    return { kind: 'failed', plan, failure: null, error, differences: [] }
  }
  if (facts.kind === 'none') return failed(`The steps were taken back, but no probe shows it: ${facts.why}`)
  const { drives, mounts } = facts.facts
  const drivers = new Map(
    steps.flatMap(({ action }) => (action.kind === 'bind' ? [[action.bdf, action.driver]] : [])),
  )
  const strays = [...drivers].filter(
    ([bdf, driver]) => seen(drives.find((drive) => drive.bdf === bdf)?.driver ?? absent) !== driver,
  )
  const targets = steps.flatMap(({ action }) => (action.kind === 'mount' ? [action.target] : []))
  const missing = targets.filter((target) => !seen(mounts)?.some((mount) => mount.target === target))
  if (strays.length + missing.length > 0)
    return failed(
      `The steps were taken back, but the probe does not show ${[...strays.map(([bdf, driver]) => `${bdf} on ${driver}`), ...missing.map((target) => `${target} mounted`)].join(', ')}`,
    )
  const note =
    'how it was before the run is not known on this machine; the drivers and mounts that its journal names are there'
  return { kind: 'taken_back', plan, undone, notes: [note] }
}

function asking({ declaration, connection }: Probed, onEvent: ReturnType<typeof watchSteps>['onEvent']) {
  const become = resolveBecome(declaration.ssh.become, connection.user)
  return { become, timeoutMs: TRANSACTION_MS, host: declaration.name, onEvent }
}

import { readFile } from 'node:fs/promises'
import { restoredResult } from '../../apply/journal/entry.ts'
import { isRunId } from '../../apply/journal/folder.ts'
import { type RecordedRun, readRun } from '../../apply/journal/read-runs.ts'
import { ProvisionError } from '../../errors.ts'
import type { HostResult, PlannedHost } from '../../events/events.ts'
import { notPlanned, openPlan, type SavedHost } from '../../plan/saved-plan.ts'
import { applyJson } from '../../views/json.ts'
import { renderPlan } from '../../views/plan-text.ts'
import { renderResults } from '../../views/result-text.ts'
import { renderRuns } from '../../views/runs-text.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { lookOf, type Terminal } from '../terminal.ts'
import { writeJson } from '../undertaking.ts'
import { version } from '../version.ts'
import { showPlan } from './plan.ts'

/** `provision show plan.json | RUN`: what `apply plan.json` would carry out; or what a run was to do, and what came of it. */
export async function show(
  what: string,
  options: Pick<FleetOptions, 'json' | 'color'>,
  terminal: Terminal,
): Promise<number> {
  const text = await readFile(what, 'utf8').catch((cause: unknown) => {
    if (isRunId(what)) return null
    throw new ProvisionError(
      'PLAN_FILE_BROKEN',
      `${what} is no run, and no file that can be read: ${String(cause)}`,
      {
        cause,
      },
    )
  })
  if (text === null) return showRun(readRun(what, null), options, terminal)
  const saved = openPlan(text, what, version())
  showPlan(saved.hosts.map(plannedHost), options, terminal)
  return EXIT.ok
}

function plannedHost({ declaration: { name, address }, plan }: SavedHost): PlannedHost {
  return plan === null
    ? { kind: 'unreachable', name, address, error: notPlanned(name) }
    : { kind: 'planned', plan }
}

function showRun(
  run: RecordedRun,
  options: Pick<FleetOptions, 'json' | 'color'>,
  terminal: Terminal,
): number {
  const results = run.hosts.map(({ saved, last }): HostResult => {
    const { plan, declaration } = saved
    const { name, address } = declaration
    if (plan === null) return { kind: 'unreachable', name, address, error: notPlanned(name) }
    if (last?.result != null) return restoredResult(last.result, plan)
    if (last !== null) return leftInTheMiddle(run.head.id, saved, plan)
    return { kind: 'untouched', plan, outcome: plan.outcome === 'changes' ? 'skipped' : plan.outcome }
  })
  if (options.json === true) {
    writeJson(applyJson(results), terminal)
    return EXIT.ok
  }
  const look = lookOf(terminal.stdout, options)
  const { id, command, at, by, file } = run.head
  terminal.stdout.write(renderRuns([{ id, command, at, by, file, outcomes: {} }], run.folder, look))
  terminal.stdout.write(
    `\n${renderPlan(run.saved.hosts.map(plannedHost), look)}\n${renderResults(results, look)}`,
  )
  return EXIT.ok
}

function leftInTheMiddle(
  run: string,
  { declaration }: SavedHost,
  plan: NonNullable<SavedHost['plan']>,
): HostResult {
  const error = new ProvisionError(
    'INTERRUPTED',
    'It was left in the middle, and how it ended is not known here',
    {
      host: declaration.name,
      hint: `provision resume ${run}`,
    },
  )
  return { kind: 'failed', plan, failure: null, error, differences: [] }
}

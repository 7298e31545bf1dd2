import { runsFolder } from '../../apply/journal/folder.ts'
import { readRun, runHead, runIds } from '../../apply/journal/read-runs.ts'
import { ProvisionError } from '../../errors.ts'
import { type ListedRun, renderRuns } from '../../views/runs-text.ts'
import { EXIT } from '../exit-code.ts'
import { lookOf, type Terminal } from '../terminal.ts'
import { writeJson } from '../undertaking.ts'

/** `provision runs`: the runs of this machine, newest last. */
export async function runs(options: { json?: true; color: boolean }, terminal: Terminal): Promise<number> {
  // Ids count whole seconds; two runs may have begun in one.
  const listed = runIds()
    .map(listedRun)
    .sort((a, b) => ((a.at ?? a.id) < (b.at ?? b.id) ? -1 : 1))
  if (options.json === true) writeJson({ format_version: '1.0', command: 'runs', runs: listed }, terminal)
  else terminal.stdout.write(renderRuns(listed, runsFolder(), lookOf(terminal.stdout, options)))
  return EXIT.ok
}

function listedRun(id: string): ListedRun {
  const head = runHead(id)
  if (head === null) return { id, command: null, at: null, by: null, file: null, outcomes: {} }
  const { command, at, by, file } = head
  return { id, command, at, by, file, outcomes: outcomes(id) }
}

/** How many hosts of the run are how, by what is written down here. */
function outcomes(id: string): Record<string, number> {
  const counts: Record<string, number> = {}
  const add = (outcome: string) => {
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  try {
    for (const { saved, last } of readRun(id, null).hosts) {
      if (saved.plan === null) add('unreachable')
      else if (last === null) add(saved.plan.outcome === 'changes' ? 'skipped' : saved.plan.outcome)
      else if (last.result === null) add('interrupted')
      else if (last.result.kind === 'untouched') add(last.result.outcome)
      else add(last.result.kind === 'taken_back' ? 'rolled_back' : last.result.kind)
    }
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
  }
  return counts
}

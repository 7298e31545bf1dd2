import { existsSync } from 'node:fs'
import { join } from 'node:path'
import envPaths from 'env-paths'

/** Where runs are kept: `$XDG_STATE_HOME/provision/runs`, else `~/.local/state/provision/runs`; one folder a run. */
export function runsFolder(): string {
  // Read anew each time: a test moves it.
  return join(envPaths('provision', { suffix: '' }).log, 'runs')
}

export function runFolder(run: string): string {
  return join(runsFolder(), run)
}

/** A run's id as `newStamp` makes it, and what follows when one is carried out again: `20261124-220401-9f3a.2`. */
export function isRunId(text: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{4}(\.\d{1,4})?$/.test(text)
}

/** An id for one more run of the same plan: the plan's own, then `ID.2`, `ID.3`, … */
export function freeRunId(id: string): string {
  if (!existsSync(runFolder(id))) return id
  let number = 2
  while (existsSync(runFolder(`${id}.${number}`))) number += 1
  return `${id}.${number}`
}

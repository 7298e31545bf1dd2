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

/** A run's id as `newStamp` makes it: `20261124-220401-9f3a`. */
export function isRunId(text: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(text)
}

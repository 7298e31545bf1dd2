import { homedir } from 'node:os'
import path from 'node:path'

/** A path as it stands in `file`: `~` is the home directory, other relative paths begin where the file lies. */
export function resolveFrom(file: string, written: string): string {
  if (written === '~' || written.startsWith('~/')) return path.join(homedir(), written.slice(1))
  return path.isAbsolute(written) ? written : path.join(path.dirname(file), written)
}

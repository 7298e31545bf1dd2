import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the lab keeps what is expensive to make: never inside the checkout. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env.PROVISION_LAB_CACHE) return env.PROVISION_LAB_CACHE
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'provision-lab')
}

/** A short name that changes when any of the parts changes. */
export function keyOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}\0`).update(part)
  return hash.digest('hex').slice(0, 16)
}

import type { HostDeclaration } from '../config/declaration.ts'
import { ProvisionError } from '../errors.ts'

/** The hosts of a plan or run that `--limit` names; there are no groups any more, so it takes plain names. */
export function onlyNamed<T extends { declaration: HostDeclaration }>(
  hosts: T[],
  limit: string | undefined,
): T[] {
  if (limit === undefined) return hosts
  const names = new Set(limit.split(/[:,]/))
  const chosen = hosts.filter(({ declaration }) => names.has(declaration.name))
  if (chosen.length > 0) return chosen
  throw new ProvisionError('LIMIT_UNKNOWN', `the plan has no host that fits \`${limit}\``, {
    hint: `It has ${hosts.map(({ declaration }) => declaration.name).join(', ')}; a plan file takes plain names.`,
  })
}

import type { PlannedHost } from '../events/events.ts'

/** Items with the same key together, in the order in which the keys came up. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()]
}

/** The same trouble reads the same but for the name and address of the host. */
export function troubleKey({
  name,
  address,
  error,
}: Pick<Extract<PlannedHost, { kind: 'unreachable' }>, 'name' | 'address' | 'error'>): string {
  const text = [error.code, error.message, error.hint ?? ''].join('\n')
  return text.replaceAll(name, 'HOST').replaceAll(address, 'HOST')
}

import { z } from 'zod'

/**
 * What was seen of one thing on a host. Never guessed:
 * `known` was read, `absent` was looked for and is not there, `unreadable` could not be told.
 * Planner and guards treat `unreadable` as "no": it blocks whatever needed the fact.
 */
export type Fact<T> =
  | { state: 'known'; value: T }
  | { state: 'absent' }
  | { state: 'unreadable'; why: string }

/** The zod schema of a `Fact` around the schema of its value. */
export function factOf<T extends z.ZodType>(value: T) {
  return z.discriminatedUnion('state', [
    z.object({ state: z.literal('known'), value }),
    z.object({ state: z.literal('absent') }),
    z.object({ state: z.literal('unreadable'), why: z.string() }),
  ])
}

export const known = <T>(value: T): Fact<T> => ({ state: 'known', value })
export const absent: { state: 'absent' } = { state: 'absent' }
export const unreadable = (why: string): { state: 'unreadable'; why: string } => ({
  state: 'unreadable',
  why,
})

/** The value where it is known, otherwise null. For display; decisions look at `state`. */
export function seen<T>(fact: Fact<T>): T | null {
  return fact.state === 'known' ? fact.value : null
}

/** Transforms a known value; the other states pass through. */
export function mapFact<T, U>(fact: Fact<T>, f: (value: T) => Fact<U>): Fact<U> {
  return fact.state === 'known' ? f(fact.value) : fact
}

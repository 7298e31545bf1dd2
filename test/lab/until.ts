import { setTimeout as sleep } from 'node:timers/promises'

export interface UntilOptions {
  readonly what: string
  readonly deadlineMs: number
  readonly everyMs?: number
}

/** Asks again until there is an answer other than `undefined`: a condition with a deadline, never a fixed sleep. */
export async function until<T>(ask: () => Promise<T | undefined>, options: UntilOptions): Promise<T> {
  const end = Date.now() + options.deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) {
      throw new Error(`not within ${Math.round(options.deadlineMs / 1000)} s: ${options.what}`)
    }
    await sleep(options.everyMs ?? 200)
  }
}

import fc from 'fast-check'
import { ProvisionError } from '../../src/errors.ts'

/**
 * A slice of fuzzing. Each day draws other cases, so that many short runs make a long one; `PROVISION_FUZZ_SEED` repeats
 * a run, `PROVISION_FUZZ_SECONDS` is the time for all targets together (by default 12 s).
 */
const seconds = Number(process.env.PROVISION_FUZZ_SECONDS ?? 12)
const today = Math.floor(Date.now() / 86_400_000)
export const seed = Number(process.env.PROVISION_FUZZ_SEED ?? today)

/** Targets in all, each of which gets its share of the time. */
const TARGETS = 13
/** No input of a few kilobytes may keep a parser busy for longer; generous, as machines are shared. */
const MOST_MS = 5_000

/** One target: `check` must end, in time, with nothing thrown. */
export function fuzz<T>(what: string, input: fc.Arbitrary<T>, check: (value: T) => unknown): void {
  it(what, async function () {
    const ms = (seconds * 1000) / TARGETS
    this.timeout(ms + 60_000)
    const property = fc.asyncProperty(input, async (value) => {
      const began = performance.now()
      await check(value)
      const took = performance.now() - began
      if (took > MOST_MS) throw new Error(`it took ${Math.round(took)} ms`)
    })
    const result = await fc.check(property, {
      seed,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: ms,
      markInterruptAsFailure: false,
      endOnFailure: true,
    })
    if (result.failed)
      throw new Error(`PROVISION_FUZZ_SEED=${seed} repeats this\n${fc.defaultReportMessage(result)}`)
    if (result.numRuns < 5) throw new Error(`only ${result.numRuns} cases were tried`)
  })
}

/** What `parse` gives; undefined where it refuses in our own words. Anything else that it throws is a bug. */
export function parsedOrRefused<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof ProvisionError) return undefined
    throw error
  }
}

/** Text with a few pieces taken out, doubled, swapped or replaced, by lines or by characters. */
export function mutated(texts: readonly string[], spices: readonly string[]): fc.Arbitrary<string> {
  const spice = fc.oneof(
    fc.constantFrom(...spices),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.string({ maxLength: 8 }),
  )
  // Without a bias to what is small: else most edits would hit the first line.
  const place = fc.noBias(fc.nat({ max: 999_999 })).map((drawn) => drawn / 1_000_000)
  // Most edits change one word of a line: what is cut in two seldom gets past the first check.
  const hows = ['drop', 'double', 'swap', 'put', 'cut', ...Array<string>(6).fill('replace')]
  const edit = fc.record({
    how: fc.constantFrom(...hows),
    by: fc.constantFrom('line', 'line', 'line', 'line', 'char'),
    at: place,
    to: place,
    spice,
  })
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([text, edits]) => edits.reduce(edited, text))
}

interface Edit {
  how: string
  by: string
  at: number
  to: number
  spice: string
}

function edited(text: string, { how, by, at, to, spice }: Edit): string {
  const parts = by === 'line' ? text.split('\n') : [...text]
  const here = Math.floor(at * parts.length)
  const there = Math.floor(to * parts.length)
  const part = parts[here] ?? ''
  if (how === 'drop') parts.splice(here, 1)
  else if (how === 'double') parts.splice(there, 0, part)
  else if (how === 'swap') [parts[here], parts[there]] = [parts[there] ?? '', part]
  else if (how === 'put') parts.splice(here, 0, spice)
  else if (how === 'replace') {
    // Within a line its words are what has a meaning.
    const words = part.split(/(?<=[\t :=/])/)
    const word = Math.floor(to * words.length)
    words[word] = spice + (/[\t :=/]$/.exec(words[word] ?? '')?.[0] ?? '')
    parts[here] = words.join('')
  } else parts[here] = part.slice(0, Math.floor(to * part.length))
  return parts.join(by === 'line' ? '\n' : '')
}

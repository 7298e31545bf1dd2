/** The names a pattern stands for, in order, or why it stands for none. */
export type RangeResult =
  | { ok: true; names: string[] }
  | { ok: false; why: string; suggestion: string | null }

/** A pattern that names more hosts than this is taken for a slip. */
export const MAX_NAMES = 100_000

/**
 * Expands the ranges of a host pattern, as in Ansible: `stor-[01:20]`, `rack[a:d]-[1:9:2]`. Both ends belong to the
 * range, a third number is the step, leading zeros are kept. A pattern without brackets is its own only name.
 */
export function expandRange(pattern: string): RangeResult {
  let names = ['']
  let rest = pattern
  while (rest !== '') {
    const open = rest.indexOf('[')
    const literal = open < 0 ? rest : rest.slice(0, open)
    if (literal.includes(']')) return refuse(`\`${pattern}\` has a ] without a [`)
    names = names.map((name) => name + literal)
    if (open < 0) break
    const close = rest.indexOf(']', open)
    if (close < 0) return refuse(`\`${pattern}\` has a [ without a ]`)
    const values = expandBrackets(rest.slice(open + 1, close))
    if (!values.ok) return values
    if (names.length * values.names.length > MAX_NAMES) {
      return refuse(`\`${pattern}\` names more than ${MAX_NAMES} hosts`)
    }
    names = names.flatMap((name) => values.names.map((value) => name + value))
    rest = rest.slice(close + 1)
  }
  return { ok: true, names }
}

function expandBrackets(inner: string): RangeResult {
  const match = /^(?:(\d+):(\d+)|([a-z]):([a-z])|([A-Z]):([A-Z]))(?::(\d+))?$/.exec(inner)
  if (match === null)
    return refuse(`[${inner}] is not a range`, 'write [01:20], [a:d] or, with a step, [1:9:2]')
  const [, low, high, ...letters] = match
  const step = Number(match[7] ?? '1')
  if (step < 1) return refuse(`the step of [${inner}] must be at least 1`)
  if (low !== undefined && high !== undefined) return expandNumbers(inner, low, high, step)
  const [from = '', to = ''] = letters.slice(0, 4).filter((letter) => letter !== undefined)
  return sequence(inner, from.charCodeAt(0), to.charCodeAt(0), step, (code) => String.fromCharCode(code))
}

function expandNumbers(inner: string, low: string, high: string, step: number): RangeResult {
  const padded = low.length > 1 && low.startsWith('0')
  if (padded && low.length !== high.length) {
    const width = Math.max(low.length, high.length)
    const [from, to] = [low.padStart(width, '0'), high.padStart(width, '0')]
    return refuse(`the ends of [${inner}] differ in width`, `write [${from}:${to}]`)
  }
  return sequence(inner, Number(low), Number(high), step, (n) =>
    String(n).padStart(padded ? low.length : 1, '0'),
  )
}

function sequence(
  inner: string,
  from: number,
  to: number,
  step: number,
  name: (n: number) => string,
): RangeResult {
  if (from > to) return refuse(`[${inner}] names no host: it runs backwards`, 'put the lower end first')
  const count = Math.floor((to - from) / step) + 1
  if (count > MAX_NAMES) return refuse(`[${inner}] names more than ${MAX_NAMES} hosts`)
  return { ok: true, names: Array.from({ length: count }, (_, index) => name(from + index * step)) }
}

const refuse = (why: string, suggestion: string | null = null): RangeResult => ({
  ok: false,
  why,
  suggestion,
})

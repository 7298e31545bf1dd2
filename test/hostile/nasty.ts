import { decodeBytes } from '../../src/probe/bytes.ts'

/** Would be run by a shell that reads any of these unquoted; the shells of these tests know it, and say so. */
export const PWNED = 'pwned'

/** What a host, a file or a drive may call itself to get hold of a shell, a screen, or a parser. No newline or NUL in it. */
export const nasty: Record<string, string> = {
  'a quote': `'; ${PWNED}; '`,
  'a double quote': `"; ${PWNED}; "`,
  'a substitution': `$(${PWNED})`,
  backticks: `\`${PWNED}\``,
  'a pipe': `x | ${PWNED} & ${PWNED}`,
  'a redirection': `x > ${PWNED}.file < /dev/null`,
  'a comment': `x # ' " ${PWNED}`,
  'a backslash': `\\'; ${PWNED}\\`,
  'an option': '--help',
  globs: '* ? [a-z] ~ {a,b} !!',
  'an assignment': `PATH=. ${PWNED}`,
  'a path up': '../../../../etc/passwd',
  'a tab': `x\t=\t${PWNED}`,
  'a return': `fine\r! ${PWNED}`,
  'a screen sequence': '\u001b[2J\u001b[1;1HNo changes.\u001b]0;title\u0007',
  'a C1 sequence': '\u009b2J\u009d0;title\u009c',
  'a backspace': 'blocked\b\b\b\b\b\b\bin sync\u007f',
  'a turned direction': 'a\u202ecba\u2066\u200b\ufeff\u{e0041}',
  'a line of Unicode': 'one\u2028two\u2029three\u0085four',
  'bytes that are not UTF-8': decodeBytes(
    Buffer.from([0xff, 0xfe, 0x80, 0x41, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
  ),
  prototype: '__proto__',
  template: ['$', '{process.exit()} %s %n {{x}}'].join(''),
  markup: '<script>alert(1)</script>&lt;',
  wide: '漢字'.repeat(20),
  'a long word': 'x'.repeat(3000),
}

/** With the line ends that only an escape can bring: mount points, swap paths, records. */
export const nastyPaths: Record<string, string> = {
  ...Object.fromEntries(Object.entries(nasty).map(([what, text]) => [what, `/${text}`])),
  'a line end': `/a\n${PWNED}\n! b\n`,
}

export type Path = (string | number)[]

/** Where there is a string in a value, keys of records left out. */
export function stringLeaves(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path]
  if (Array.isArray(value)) return value.flatMap((item, at) => stringLeaves(item, [...path, at]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => stringLeaves(inner, [...path, key]))
}

/** The value with the string at `path` changed, everything else shared with the original. */
export function withLeaf<T>(value: T, path: Path, change: (text: string) => string): T {
  return replaced(value, path, change) as T
}

function replaced(value: unknown, [step, ...rest]: Path, change: (text: string) => string): unknown {
  if (step === undefined) return typeof value === 'string' ? change(value) : value
  if (Array.isArray(value))
    return value.map((item, at) => (at === step ? replaced(item, rest, change) : item))
  const map = value as Record<string, unknown>
  return { ...map, [step]: replaced(map[step], rest, change) }
}

/** Nothing but line ends and, where asked for, our own colours moves the cursor or is unseen. */
export function whatGarbles(text: string, options: { color?: boolean } = {}): string | undefined {
  const plain = options.color === true ? text.replaceAll(/\u001b\[\d{1,2}m/g, '') : text
  const found = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.exec(plain)
  return found === null
    ? undefined
    : JSON.stringify(plain.slice(Math.max(0, found.index - 40), found.index + 40))
}

/**
 * A text as one word of POSIX sh, whatever bytes it holds. The only way by which values of ours get into a script.
 * Throws a TypeError on NUL, which no shell can hold.
 */
export function shQuote(text: string): string {
  if (text.includes('\0')) throw new TypeError('a shell word cannot hold a NUL byte')
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The inverse of `shQuote`; undefined when `word` is not exactly what `shQuote` writes. */
export function shUnquote(word: string): string | undefined {
  if (!/^'(?:[^'\0]|'\\'')*'$/.test(word)) return undefined
  return word.slice(1, -1).replaceAll(`'\\''`, "'")
}

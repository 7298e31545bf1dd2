/**
 * Text from a host or a file, made safe for a screen: nothing in it can move the cursor, change colours, break a line
 * or turn the reading direction. Bytes that were not UTF-8 and control characters read `\x1b`, other invisible
 * characters `\u{202e}`. Ordinary text of any script comes back unchanged.
 */
export function printable(text: string): string {
  return text.replace(invisible, escaped)
}

/** The same for text of several lines of ours: its line ends stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** Control, format (bidi, zero width, tags) and lone surrogate characters, and the two Unicode line ends. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0
  // A byte that was not UTF-8 is kept as U+DC80..U+DCFF, see probe/bytes.ts: shown as the byte it was.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

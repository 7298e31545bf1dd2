import stringWidth from 'string-width'

/** Columns that text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  // Nearly all text is plain; telling grapheme clusters apart takes a hundred times as long as looking for any.
  return narrow.test(text) ? text.length : stringWidth(text)
}

/** Printable ASCII and the signs that views use. */
const narrow = /^[\u0020-\u007e…→✔]*$/

/** Text without colours, cut to at most `width` columns; `…` stands for what was cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const char of text) {
    const next = widthOf(char)
    if (used + next > width - 1) break
    kept += char
    used += next
  }
  return `${kept}…`
}

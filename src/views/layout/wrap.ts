import { widthOf } from './width.ts'

export interface WrapOptions {
  /** Columns of the page. */
  width: number
  /** Stands before the first line; the others are indented as deep. Without colours. */
  lead?: string
  /** Stands before every line. */
  indent?: number
}

/**
 * Wraps text to lines. Words and `commands in backticks` are never broken, though they be wider than the page: what is
 * copied from the screen must be what was meant, and a terminal folds a long line without adding to it.
 */
export function wrap(text: string, { width, lead = '', indent = 0 }: WrapOptions): string[] {
  const margin = ' '.repeat(indent)
  const hanging = ' '.repeat(widthOf(lead))
  const room = Math.max(1, width - indent - widthOf(lead))
  const lines: string[] = []
  let line: string | null = null
  for (const word of words(text)) {
    const longer: string = line === null ? word : `${line} ${word}`
    if (line !== null && widthOf(longer) > room) {
      lines.push(line)
      line = word
    } else line = longer
  }
  lines.push(line ?? '')
  return lines.map((one, index) => `${margin}${index === 0 ? lead : hanging}${one}`.trimEnd())
}

/**
 * Cut at each blank but those inside backticks: ``run `umount /data`,`` has two words. Two blanks have an empty word
 * between them, so that joining gives the same text again: a path may hold both.
 */
function words(text: string): string[] {
  const found: string[] = []
  let from = 0
  let inside = false
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '`') inside = !inside && text.includes('`', at + 1)
    else if (text[at] === ' ' && !inside) {
      found.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...found, text.slice(from)]
}

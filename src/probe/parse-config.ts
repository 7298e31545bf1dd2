import type { ConfigLine } from './facts.ts'
import { integer, malformed } from './sheet.ts'

/** `12 /etc/fstab<TAB>UUID=… /data ext4 defaults 0 2`; sorted by file and line. Throws PROBE_MALFORMED. */
export function parseConfigLines(told: readonly string[]): ConfigLine[] {
  return told.map(parseConfigLine).sort(byPlace)
}

/** The inverse, for one line. */
export function renderConfigLine({ file, line, text }: ConfigLine): string {
  return `${line} ${file}\t${text}`
}

/** By file, in the order of code units, then by line. */
export function byPlace(a: ConfigLine, b: ConfigLine): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line
}

function parseConfigLine(told: string): ConfigLine {
  const [space, tab] = [told.indexOf(' '), told.indexOf('\t')]
  if (space < 0 || tab < space)
    throw malformed(`a line of configuration: ${JSON.stringify(told.slice(0, 80))}`)
  return {
    file: told.slice(space + 1, tab),
    line: integer(told.slice(0, space), 'the number of a line of configuration'),
    text: told.slice(tab + 1),
  }
}

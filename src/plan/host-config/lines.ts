import { seen } from '../../probe/fact.ts'
import type { ConfigLine, HostFacts } from '../../probe/facts.ts'

/** A line of configuration as its program reads it: continuations joined. */
export interface LogicalLine {
  file: string
  /** First and last line in the file, from 1. */
  line: number
  lastLine: number
  /** As it stands in the file, continuations joined by one space. */
  text: string
}

/** All told lines of the files that fit, in their order. */
export function linesIn(facts: HostFacts, file: RegExp): LogicalLine[] {
  return (seen(facts.configLines) ?? []).filter((line) => file.test(line.file)).map(single)
}

const single = ({ file, line, text }: ConfigLine): LogicalLine => ({ file, line, lastLine: line, text })

/** modprobe.d: a line that ends in a backslash goes on in the next one. */
export function joinBackslashes(lines: LogicalLine[]): LogicalLine[] {
  return joinWhere(lines, (before) => before.text.endsWith('\\'))
}

/** mdadm.conf: a line that begins with white space goes on with the one before. */
export function joinIndented(lines: LogicalLine[]): LogicalLine[] {
  return joinWhere(lines, (_before, line) => /^\s/.test(line.text))
}

function joinWhere(
  lines: LogicalLine[],
  goesOn: (before: LogicalLine, line: LogicalLine) => boolean,
): LogicalLine[] {
  const joined: LogicalLine[] = []
  for (const line of lines) {
    const before = joined.at(-1)
    if (before !== undefined && before.file === line.file && goesOn(before, line))
      joined[joined.length - 1] = {
        ...before,
        lastLine: line.lastLine,
        text: `${before.text.replace(/\\$/, '').trimEnd()} ${line.text.trimStart()}`,
      }
    else joined.push(line)
  }
  return joined
}

/** Words between white space; none for an empty line. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

import type { LineCounter, YAMLError } from 'yaml'
import type { YamlFault } from './fault.ts'

/**
 * The yaml package's complaints as ours. Only the first of each line: what follows it is mostly its consequence.
 */
export function explainSyntax(errors: readonly YAMLError[], text: string, lines: LineCounter): YamlFault[] {
  const byLine = new Map<number, YamlFault>()
  for (const error of errors) {
    const at = error.pos[0]
    const { line } = lines.linePos(at)
    if (!byLine.has(line)) byLine.set(line, explainOne(error, at, lineAt(text, at)))
  }
  return [...byLine.values()]
}

function explainOne(error: YAMLError, at: number, line: string): YamlFault {
  const fault = { code: 'YAML_SYNTAX', at, suggestion: null }
  if (error.code === 'TAG_RESOLVE_FAILED')
    return {
      ...fault,
      message: `a tag means nothing here (${lowerFirst(error.message)})`,
      suggestion: 'leave it out',
    }
  if (error.code === 'TAB_AS_INDENT') {
    return { ...fault, message: 'a tab is used to indent', suggestion: 'YAML indents by spaces only' }
  }
  const range = /[^\s,[\]{}"']+\[[^\]\s]*:[^\]\s]*\][^\s,\]}]*/.exec(line)
  if (range !== null && error.code === 'MISSING_CHAR') {
    const message = 'within [ ] or { } a name may not hold brackets of its own'
    return { ...fault, message, suggestion: `quote it: "${range[0]}"` }
  }
  return { ...fault, message: `not valid YAML: ${lowerFirst(error.message)}` }
}

function lineAt(text: string, at: number): string {
  const begin = text.lastIndexOf('\n', Math.max(0, at - 1)) + 1
  const end = text.indexOf('\n', at)
  return text.slice(begin, end < 0 ? text.length : end).slice(0, 500)
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

import { ProvisionError } from '../errors.ts'

/** A place in a file, as editors count: from 1. */
export interface Position {
  file: string
  line: number
  column: number
}

/**
 * Something wrong with a hosts file or playbook. An `error` keeps the file from being used, a `warning` does not.
 * `code` is stable; the wording of `message` and `suggestion` is not.
 */
export interface Problem extends Position {
  severity: 'error' | 'warning'
  /** Upper-case, e.g. `KEY_UNKNOWN`. */
  code: string
  /** Key path such as `hosts.stor-01.devices.spdk[0].bdf`; empty for the file as a whole. */
  path: string
  message: string
  /** What to write instead, or what to do. */
  suggestion: string | null
}

/** What is known of a problem before its place is filled in. */
export type Finding = Pick<Problem, 'code' | 'message'> & Partial<Pick<Problem, 'severity' | 'suggestion'>>

export function problemAt(position: Position, path: string, finding: Finding): Problem {
  const { file, line, column } = position
  const { severity = 'error', code, message, suggestion = null } = finding
  return { file, line, column, path, severity, code, message, suggestion }
}

/** In reading order: the first file named first, then by line and column. Problems said twice are said once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map((problem) => problem.file))]
  const rank = new Map(files.map((file, index) => [file, index]))
  const distinct = new Map(problems.map((p) => [`${p.file}:${p.line}:${p.column}:${p.code}:${p.message}`, p]))
  return [...distinct.values()].sort(
    (a, b) => (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  )
}

/** One problem as compilers print it, `file:line:column: message`, with the suggestion on a line of its own. */
export function renderProblem(problem: Problem): string {
  const { file, line, column, severity, message, path, suggestion } = problem
  const where = path === '' ? '' : ` (at ${path})`
  const head = `${file}:${line}:${column}: ${severity === 'warning' ? 'warning: ' : ''}${message}${where}`
  return suggestion === null ? head : `${head}\n    ${suggestion}`
}

/** All problems, at most `max` of them spelled out. Ends without a newline. */
export function renderProblems(problems: readonly Problem[], max = 100): string {
  const lines = problems.slice(0, max).map(renderProblem)
  if (problems.length > max) lines.push(`… and ${problems.length - max} more`)
  return lines.join('\n')
}

/** The same as an error, for callers that have no use for single problems. Code `CONFIG_INVALID`. */
export function configError(problems: readonly Problem[]): ProvisionError {
  return new ProvisionError('CONFIG_INVALID', renderProblems(problems))
}

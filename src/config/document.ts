import type { z } from 'zod'
import { explainIssues, type PlacedFinding } from './issues.ts'
import { type KeyPath, renderKeyPath } from './keypath.ts'
import { type Finding, type Position, type Problem, problemAt } from './problem.ts'
import { parseYaml } from './yaml/parse.ts'
import { readSource } from './yaml/source.ts'
import { nodeAt, offsetOf, plainValue, withoutPaths, type YamlNode } from './yaml/tree.ts'

/** A YAML file that was read: its value, as far as it was valid, and where each part of it stands. */
export interface ConfigDocument<T> {
  /** As it was named by whoever named it. */
  file: string
  /** What is wrong was reported and cut out of it, so that the rest can be checked too. */
  value: T
  /** Keys of the map at `path`, in the order of the file. */
  keys(path: KeyPath): string[]
  has(path: KeyPath): boolean
  /** Where the key or the value at `path` begins. */
  position(path: KeyPath, side?: 'key' | 'value'): Position
  /** A problem with what stands at `path`. */
  problem(path: KeyPath, finding: Finding, side?: 'key' | 'value'): Problem
}

export interface ReadDocument<T> {
  /** Null when nothing of the file is of use. */
  document: ConfigDocument<T> | null
  problems: Problem[]
}

/** Reads and validates one file. Never throws for what is in it or for its absence. */
export async function readDocument<T>(file: string, schema: z.ZodType<T>): Promise<ReadDocument<T>> {
  const source = await readSource(file)
  return source.ok ? parseDocument(file, source.text, schema) : { document: null, problems: [source.problem] }
}

/** The same for text that is at hand; `file` is the name to report. */
export function parseDocument<T>(file: string, text: string, schema: z.ZodType<T>): ReadDocument<T> {
  const { root, faults, lines } = parseYaml(text)
  const positionOf = (at: number): Position => {
    const { line, col } = lines.linePos(at)
    return { file, line, column: col }
  }
  const problems = faults.map(({ at, ...finding }) => problemAt(positionOf(at), '', finding))
  if (root === null) {
    const finding = { code: 'FILE_EMPTY', message: 'the file holds nothing but comments' }
    if (problems.length === 0) problems.push(problemAt({ file, line: 1, column: 1 }, '', finding))
    return { document: null, problems }
  }
  const { value, findings } = validate(root, schema)
  const position = (path: KeyPath, side: 'key' | 'value' = 'value') => positionOf(offsetOf(root, path, side))
  const problem = (path: KeyPath, finding: Finding, side: 'key' | 'value' = 'value') =>
    problemAt(position(path, side), renderKeyPath(path), finding)
  problems.push(...findings.map(({ path, finding, side }) => problem(path, finding, side)))
  if (value === null) return { document: null, problems }
  const keys = (path: KeyPath) => keysAt(root, path)
  const has = (path: KeyPath) => nodeAt(root, path) !== undefined
  return { document: { file, value, keys, has, position, problem }, problems }
}

function keysAt(root: YamlNode, path: KeyPath): string[] {
  const node = nodeAt(root, path)
  return node?.kind === 'map' ? [...node.entries.keys()] : []
}

function validate<T>(root: YamlNode, schema: z.ZodType<T>): { value: T | null; findings: PlacedFinding[] } {
  const result = schema.safeParse(plainValue(root))
  if (result.success) return { value: result.data, findings: [] }
  const findings = explainIssues(result.error.issues, schema, root)
  return { value: salvage(root, schema, findings), findings }
}

/** What is valid of a file once what is wrong is cut out; null when nothing is. */
function salvage<T>(root: YamlNode, schema: z.ZodType<T>, findings: readonly PlacedFinding[]): T | null {
  let rest = root
  let wrong = findings
  // A cut may leave a map empty that must not be, and that is wrong then: hence a few rounds.
  for (let round = 0; round < 3; round += 1) {
    rest = withoutPaths(
      rest,
      wrong.map(({ path }) => path),
    )
    const plain = plainValue(rest)
    // The one key that is required, and cannot be cut: without it nothing at all would be checked.
    const result = schema.safeParse(root.kind === 'map' ? { ...Object(plain), version: 1 } : plain)
    if (result.success) return result.data
    wrong = explainIssues(result.error.issues, schema, rest)
  }
  return null
}

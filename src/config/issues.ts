import type { z } from 'zod'
import { didYouMean } from '../inventory/suggest.ts'
import type { KeyPath } from './keypath.ts'
import type { Finding } from './problem.ts'
import { typeMismatch } from './type-mismatch.ts'
import { unknownKey } from './unknown-key.ts'
import { describeNode } from './yaml/describe.ts'
import { nodeAt, type YamlNode } from './yaml/tree.ts'

/** A finding and where: at a key (unknown, misnamed) or at its value. */
export interface PlacedFinding {
  path: KeyPath
  side: 'key' | 'value'
  finding: Finding
}

type Issue = z.core.$ZodIssue

/** Tells zod's issues in the words of the user; `schema` is what was parsed with, `root` what stands in the file. */
export function explainIssues(
  issues: readonly Issue[],
  schema: z.core.$ZodType,
  root: YamlNode,
): PlacedFinding[] {
  return flatten(issues, []).flatMap(({ issue, path }) => explainIssue(issue, path, schema, root))
}

interface Located {
  issue: Issue
  path: KeyPath
}

/** Replaces each failed union by the issues of the branch that the user most likely meant. */
function flatten(issues: readonly Issue[], base: KeyPath): Located[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.map(segment)]
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }]
    return flatten(likeliest(issue.errors), path)
  })
}

const segment = (key: PropertyKey): string | number => (typeof key === 'symbol' ? String(key) : key)

function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const ofThatType = branches.filter((issues) => !issues.some(isMismatchAtRoot))
  const [first, ...others] = ofThatType
  if (first === undefined) return [mergeMismatches(branches.flat())]
  const best = others.reduce((a, b) => (weigh(b) < weigh(a) ? b : a), first)
  // An unknown key is likely the misspelt required one: to complain of both would be one error told twice.
  return best.some(isUnknownKey)
    ? best.filter((issue) => !isMismatch(issue) || issue.path.length !== 1)
    : best
}

const isMismatch = (issue: Issue): issue is z.core.$ZodIssueInvalidType => issue.code === 'invalid_type'
const isMismatchAtRoot = (issue: Issue): boolean => isMismatch(issue) && issue.path.length === 0
const isUnknownKey = (issue: Issue): boolean => issue.code === 'unrecognized_keys'

/** How little a branch fits: keys that are strange to it or missing from it tell more than wrong values within. */
const weigh = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) return sum + 100 * issue.keys.length
    return sum + (isMismatch(issue) && issue.path.length === 1 ? 100 : 1)
  }, 0)

function mergeMismatches(issues: readonly Issue[]): Issue {
  const expected = issues.filter(isMismatch).map((issue) => issue.expected)
  return { code: 'custom', path: [], message: '', params: { expected } }
}

function explainIssue(issue: Issue, path: KeyPath, schema: z.core.$ZodType, root: YamlNode): PlacedFinding[] {
  const at = (finding: Finding): PlacedFinding[] => [{ path, side: 'value', finding }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        return { path: [...path, key], side: 'key', finding: unknownKey(key, path, schema) }
      })
    case 'invalid_key': {
      const why = issue.issues[0]?.message ?? 'is not valid here'
      return [
        {
          path,
          side: 'key',
          finding: { code: 'KEY_MALFORMED', message: `\`${String(path.at(-1))}\` ${why}` },
        },
      ]
    }
    case 'invalid_type':
      return at(missingOrMismatch([issue.expected], path, root))
    case 'invalid_value':
      return at(notOneOf(issue.values, path, root))
    case 'too_small': {
      const message = issue.origin === 'string' ? issue.message : `must be at least ${issue.minimum}`
      return at({ code: 'VALUE_OUT_OF_RANGE', message: written(path, root) + message })
    }
    case 'too_big':
      return at({
        code: 'VALUE_OUT_OF_RANGE',
        message: `${written(path, root)}must be at most ${issue.maximum}`,
      })
    case 'custom':
      return at(explainCustom(issue, path, root))
    default:
      return at({ code: 'VALUE_MALFORMED', message: written(path, root) + issue.message })
  }
}

function missingOrMismatch(expected: readonly string[], path: KeyPath, root: YamlNode): Finding {
  const node = nodeAt(root, path)
  if (node !== undefined) return typeMismatch(expected, node)
  const key = String(path.at(-1))
  return { code: 'KEY_MISSING', message: `\`${key}\` is missing here` }
}

function notOneOf(values: readonly unknown[], path: KeyPath, root: YamlNode): Finding {
  const node = nodeAt(root, path)
  const allowed = values.map(String)
  const [only] = allowed
  if (node === undefined) {
    const key = String(path.at(-1))
    return { code: 'KEY_MISSING', message: `\`${key}\` is missing`, suggestion: `write \`${key}: ${only}\`` }
  }
  const list = allowed.length === 1 ? `must be ${only}` : `must be one of ${allowed.join(', ')}`
  const text = node.kind === 'scalar' ? String(node.value) : ''
  const finding = { code: 'VALUE_NOT_ALLOWED', message: `${list}, not ${describeNode(node)}` }
  return { ...finding, suggestion: allowed.length === 1 ? null : didYouMean(text, allowed) }
}

function explainCustom(issue: z.core.$ZodIssueCustom, path: KeyPath, root: YamlNode): Finding {
  const { expected, code, suggestion } = issue.params ?? {}
  if (Array.isArray(expected)) return missingOrMismatch(expected.map(String), path, root)
  if (typeof code !== 'string')
    return { code: 'VALUE_MALFORMED', message: written(path, root) + issue.message }
  return { code, message: issue.message, suggestion: typeof suggestion === 'string' ? suggestion : null }
}

/** What stands there, to begin a message such as `must be at least 1` with. */
function written(path: KeyPath, root: YamlNode): string {
  const node = nodeAt(root, path)
  const text = node?.kind === 'scalar' ? String(node.value) : ''
  return text === '' || text.length > 100 ? '' : `\`${text}\` `
}

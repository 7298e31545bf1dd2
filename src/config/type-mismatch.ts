import type { Finding } from './problem.ts'
import { describeNode } from './yaml/describe.ts'
import type { YamlNode, YamlScalar } from './yaml/tree.ts'

/** What zod may have expected, in the words of the user. */
const names: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  null: 'null',
}

/** A value of the wrong type. `expected` are zod's names of the types that would do. */
export function typeMismatch(expected: readonly string[], node: YamlNode): Finding {
  if (node.kind === 'scalar' && expected.includes('string') && node.plain !== null && node.value !== null) {
    return unquoted(node, node.plain)
  }
  const wanted = [...new Set(expected.map((type) => names[type] ?? type))].join(' or ')
  const message = `expected ${wanted}, got ${describeNode(node)}`
  return { code: 'TYPE_WRONG', message, suggestion: remedy(expected, node) }
}

/**
 * Text that YAML took for something else. Serial numbers such as `12E4567` and, under YAML 1.1, addresses such as
 * `00:01.0` are numbers to YAML, and what they were cannot be told from the number: hence the text as written.
 */
function unquoted(node: YamlScalar, source: string): Finding {
  const message = `\`${source}\` without quotes is not text: YAML reads it as ${describeNode(node)}`
  return { code: 'TEXT_UNQUOTED', message, suggestion: `quote it: "${source}"` }
}

function remedy(expected: readonly string[], node: YamlNode): string | null {
  if (node.kind !== 'scalar') return null
  const { value } = node
  if (value === null && expected.includes('array')) return 'write [] for an empty list, or remove the key'
  if (value === null) return 'give it a value, or remove the key'
  if (typeof value !== 'string') return null
  if (expected.includes('boolean')) return booleans[value.toLowerCase()] ?? null
  const numeric = expected.includes('int') || expected.includes('number')
  if (numeric && node.plain === null && /^\d+$/.test(value)) return `remove the quotes: ${value}`
  return expected.includes('array') ? `write it as a list: [${JSON.stringify(value)}]` : null
}

/** YAML 1.1 took these for booleans, YAML 1.2 does not. */
const booleans: Record<string, string> = {
  yes: 'write true',
  on: 'write true',
  true: 'write true, without quotes',
  no: 'write false',
  off: 'write false',
  false: 'write false, without quotes',
}

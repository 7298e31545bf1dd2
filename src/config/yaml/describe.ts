import type { YamlNode } from './tree.ts'

/** What stands there, as it is told to the user: `the text "auto"`, `a list`, `nothing`. */
export function describeNode(node: YamlNode): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a mapping' : 'a list'
  const { value } = node
  if (value === null) return 'nothing'
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`
  return typeof value === 'number' ? `the number ${value}` : `${value}`
}

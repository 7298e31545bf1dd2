/** A YAML file as a tree of values that know where they stand. Offsets (`at`) count UTF-16 units of the text. */
export type YamlNode = YamlMap | YamlList | YamlScalar

export interface YamlMap {
  kind: 'map'
  at: number
  /** In the order of the file, which a plain object would not keep for keys such as `10`. */
  entries: Map<string, { keyAt: number; value: YamlNode }>
}

export interface YamlList {
  kind: 'list'
  at: number
  items: YamlNode[]
}

export interface YamlScalar {
  kind: 'scalar'
  at: number
  value: string | number | boolean | null
  /** The text of an unquoted scalar, as it was before YAML gave it a type; null if it was quoted. */
  plain: string | null
}

/** Chains of aliases may nest deeper than the text does; no schema looks this far. */
const MAX_DEPTH = 50

/** The plain value of a tree, as zod takes it. */
export function plainValue(node: YamlNode, depth = 0): unknown {
  if (node.kind === 'scalar') return node.value
  if (depth > MAX_DEPTH) return null
  if (node.kind === 'list') return node.items.map((item) => plainValue(item, depth + 1))
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plainValue(value, depth + 1)]))
}

/** The node at a path; undefined when there is none. */
export function nodeAt(root: YamlNode, path: readonly (string | number)[]): YamlNode | undefined {
  let node: YamlNode | undefined = root
  for (const segment of path) {
    if (node?.kind === 'map') node = node.entries.get(String(segment))?.value
    else if (node?.kind === 'list' && typeof segment === 'number') node = node.items[segment]
    else return undefined
  }
  return node
}

/** Where the thing at `path` begins, its key or its value; of what is missing, where its parent does. */
export function offsetOf(root: YamlNode, path: readonly (string | number)[], side: 'key' | 'value'): number {
  const node = nodeAt(root, path)
  if (path.length === 0) return root.at
  const parent = nodeAt(root, path.slice(0, -1))
  if (node === undefined) return offsetOf(root, path.slice(0, -1), 'key')
  if (side === 'key' && parent?.kind === 'map')
    return parent.entries.get(String(path.at(-1)))?.keyAt ?? node.at
  return node.at
}

/**
 * The tree without what stands at `paths`. Where something is missing, what it is missing from goes. From a list
 * nothing can go without renumbering the rest, so there the nearest entry of a map around it goes.
 */
export function withoutPaths(root: YamlNode, paths: readonly (readonly (string | number)[])[]): YamlNode {
  const cuts: Cuts = new Map()
  for (const path of paths) {
    const list = path.findIndex((segment) => typeof segment === 'number')
    const inMaps = list < 0 ? path : path.slice(0, list)
    addCut(cuts, nodeAt(root, inMaps) === undefined ? inMaps.slice(0, -1) : inMaps)
  }
  return applyCuts(root, cuts)
}

/** By key: what to cut within its value, or `all` of it. */
type Cuts = Map<string, Cuts | 'all'>

function addCut(cuts: Cuts, path: readonly (string | number)[]): void {
  const [first, ...rest] = path.map(String)
  if (first === undefined) return
  const within: Cuts | 'all' = cuts.get(first) ?? new Map<string, Cuts>()
  if (within === 'all') return
  cuts.set(first, rest.length === 0 ? 'all' : within)
  if (rest.length > 0) addCut(within, rest)
}

function applyCuts(node: YamlNode, cuts: Cuts): YamlNode {
  if (node.kind !== 'map') return node
  const entries: YamlMap['entries'] = new Map()
  for (const [key, entry] of node.entries) {
    const within = cuts.get(key)
    if (within === undefined) entries.set(key, entry)
    else if (within !== 'all') entries.set(key, { ...entry, value: applyCuts(entry.value, within) })
  }
  return { ...node, entries }
}

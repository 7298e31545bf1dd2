import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import { Refusal, type YamlFault } from './fault.ts'
import type { YamlMap, YamlNode, YamlScalar } from './tree.ts'

/** Nodes once all aliases are followed: stops alias bombs; a file of 10,000 full hosts has a tenth of this. */
const MAX_NODES = 5_000_000

interface Anchored {
  node: YamlNode | null
  /** Nodes in it, aliases followed. */
  size: number
}

interface Building {
  anchors: Map<string, Anchored>
  faults: YamlFault[]
  lines: LineCounter
  size: number
}

export interface BuiltTree {
  /** Null when there is nothing but comments. */
  root: YamlNode | null
  faults: YamlFault[]
}

/** Turns the yaml package's nodes into ours, follows aliases, and finds duplicate keys. Throws only `Refusal`. */
export function buildTree(contents: Node | null, lines: LineCounter): BuiltTree {
  const building: Building = { anchors: new Map(), faults: [], lines, size: 0 }
  const root = contents === null ? null : buildNode(contents, building)
  const empty = root?.kind === 'scalar' && root.value === null
  return { root: empty ? null : root, faults: building.faults }
}

function buildNode(source: Node, building: Building): YamlNode {
  const at = source.range?.[0] ?? 0
  if (isAlias(source)) return follow(source.source, at, building)
  if (source.tag !== undefined && !plainTags.has(source.tag)) {
    fault(building, 'YAML_TAG', at, `the tag ${source.tag} has no meaning here`, 'leave it out')
  }
  grow(building, 1, at)
  const anchored: Anchored | null = source.anchor === undefined ? null : { node: null, size: building.size }
  if (anchored !== null && source.anchor !== undefined) building.anchors.set(source.anchor, anchored)
  const node = buildContents(source, at, building)
  if (anchored !== null) {
    anchored.node = node
    anchored.size = building.size - anchored.size + 1
  }
  return node
}

function buildContents(source: Node, at: number, building: Building): YamlNode {
  if (isMap(source)) return buildMap(source, at, building)
  if (isSeq(source))
    return { kind: 'list', at, items: source.items.filter(isNode).map((n) => buildNode(n, building)) }
  return isScalar(source)
    ? buildScalar(source, at, building)
    : { kind: 'scalar', at, value: null, plain: null }
}

function buildScalar(source: Scalar, at: number, building: Building): YamlScalar {
  const { value, type } = source
  const plain = type === 'PLAIN' ? (source.source ?? '') : null
  if (plain !== null && typeof value === 'string' && sexagesimal.test(plain)) {
    const message = `\`${plain}\` without quotes is a number to tools that read YAML 1.1`
    building.faults.push({ ...unquoted, at, message, suggestion: `quote it: "${plain}"` })
  }
  const primitive = value === null || ['string', 'number', 'boolean'].includes(typeof value)
  // Under a %YAML 1.1 directive there are dates and more; none of them is meant here.
  return {
    kind: 'scalar',
    at,
    value: primitive ? (value as YamlScalar['value']) : String(source.source),
    plain,
  }
}

function buildMap(source: YAMLMap, at: number, building: Building): YamlMap {
  const map: YamlMap = { kind: 'map', at, entries: new Map() }
  for (const pair of source.items) {
    const key = readKey(pair, at, building)
    if (key === null) continue
    const earlier = map.entries.get(key.text)
    if (earlier === undefined) {
      const value = isNode(pair.value) ? buildNode(pair.value, building) : nothing(key.at)
      map.entries.set(key.text, { keyAt: key.at, value })
    } else {
      const first = building.lines.linePos(earlier.keyAt)
      const message = `\`${key.text}\` stands here a second time; the first is at ${first.line}:${first.col}`
      fault(building, 'KEY_DUPLICATE', key.at, message, 'merge the two, or remove one')
    }
  }
  return map
}

interface Key {
  text: string
  at: number
}

function readKey({ key }: Pair, mapAt: number, building: Building): Key | null {
  const at = isNode(key) ? (key.range?.[0] ?? mapAt) : mapAt
  if (!isScalar(key) || key.value === null || key.value === '') {
    return fault(building, 'YAML_KEY', at, 'this key is not a plain name')
  }
  const text = key.type === 'PLAIN' ? (key.source ?? String(key.value)) : String(key.value)
  if (text === '<<') {
    const suggestion = 'put what hosts share into a group or a playbook'
    return fault(
      building,
      'YAML_MERGE_KEY',
      at,
      '`<<` merges belong to YAML 1.1 and are not read here',
      suggestion,
    )
  }
  if (text === '__proto__') return fault(building, 'YAML_KEY', at, '`__proto__` cannot be used as a name')
  return { text, at }
}

/** An alias is the value of its anchor, at the anchor's place: an error in it is mended there. */
function follow(anchor: string, at: number, building: Building): YamlNode {
  const target = building.anchors.get(anchor)
  if (target?.node == null) {
    const why =
      target === undefined ? `there is no anchor \`&${anchor}\` before it` : 'it stands within its own anchor'
    fault(building, 'YAML_ALIAS', at, `the alias \`*${anchor}\` cannot be followed: ${why}`)
    return nothing(at)
  }
  grow(building, target.size, at)
  return target.node
}

function grow(building: Building, by: number, at: number): void {
  building.size += by
  if (building.size > MAX_NODES)
    throw new Refusal('YAML_TOO_LARGE', at, 'its aliases expand to millions of values')
}

function fault(
  building: Building,
  code: string,
  at: number,
  message: string,
  suggestion: string | null = null,
): null {
  building.faults.push({ code, at, message, suggestion })
  return null
}

const nothing = (at: number): YamlScalar => ({ kind: 'scalar', at, value: null, plain: '' })

/** Addresses such as `00:01.0` that YAML 1.1 reads as numbers to the base of 60. YAML 1.2, which we read, does not. */
const sexagesimal = /^\d+(:[0-5]?\d)+\.[0-7]$/
const unquoted = { code: 'BDF_UNQUOTED', severity: 'warning' } as const

const plainTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((t) => `tag:yaml.org,2002:${t}`),
)

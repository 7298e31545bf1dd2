import type { DeviceClaim, HostDeclaration } from './declaration.ts'
import { renderKeyPath } from './keypath.ts'
import { positionOf, type Sourced } from './layer.ts'
import type { MergedHost } from './merge.ts'
import { type Position, type Problem, problemAt } from './problem.ts'

/** What only shows once a host's levels are merged: drives claimed twice. */
export function checkClaims({ devices }: MergedHost): Problem[] {
  const claims = [...placedClaims('spdk', devices.spdk), ...placedClaims('kernel', devices.kernel)]
  return [...clashes(claims, 'BDF_TWICE', addressOf), ...clashes(claims, 'SERIAL_TWICE', serialOf)]
}

interface PlacedClaim {
  list: 'spdk' | 'kernel'
  claim: DeviceClaim
  source: Sourced<DeviceClaim[]>
  index: number
}

const placedClaims = (list: 'spdk' | 'kernel', source: Sourced<DeviceClaim[]>): PlacedClaim[] =>
  source.value.map((claim, index) => ({ list, claim, source, index }))

const addressOf = ({ claim }: PlacedClaim): string | null => (claim.by === 'bdf' ? claim.bdf : null)
const serialOf = ({ claim }: PlacedClaim): string | null => (claim.by === 'bdf' ? claim.serial : null)

function clashes(
  claims: readonly PlacedClaim[],
  code: string,
  identify: (claim: PlacedClaim) => string | null,
): Problem[] {
  const first = new Map<string, PlacedClaim>()
  const problems: Problem[] = []
  for (const claim of claims) {
    const id = identify(claim)
    const earlier = id === null ? undefined : first.get(id)
    if (id === null) continue
    if (earlier === undefined) first.set(id, claim)
    else problems.push(clash(code, id, earlier, claim))
  }
  return problems
}

function clash(code: string, id: string, one: PlacedClaim, other: PlacedClaim): Problem {
  const [earlier, later] = inReadingOrder(one, other)
  const inBoth = earlier.list !== later.list
  const lists = inBoth ? 'both to spdk and to kernel' : `twice to ${later.list}`
  const drive = code === 'SERIAL_TWICE' ? `the drive with serial number ${id}` : id
  const message = `${drive} is given ${lists}: here and at ${renderPosition(placeOf(earlier), placeOf(later))}`
  const path = [...(later.source.layer?.base ?? []), ...later.source.path, later.index]
  const finding = {
    code: inBoth && code === 'BDF_TWICE' ? 'BDF_IN_BOTH' : code,
    message,
    suggestion: 'remove one',
  }
  return problemAt(placeOf(later), renderKeyPath(path), finding)
}

const placeOf = ({ source, index }: PlacedClaim): Position =>
  positionOf(source, [index]) ?? { file: '', line: 1, column: 1 }

function inReadingOrder(one: PlacedClaim, other: PlacedClaim): [PlacedClaim, PlacedClaim] {
  const [a, b] = [placeOf(one), placeOf(other)]
  const backwards = a.file === b.file && (a.line - b.line || a.column - b.column) > 0
  return backwards ? [other, one] : [one, other]
}

function renderPosition(position: Position, from: Position): string {
  const place = `${position.line}:${position.column}`
  return position.file === from.file ? place : `${position.file}:${place}`
}

/** Two names for one machine: both plans would be made from the same facts, and the second would be stale. */
export function checkAddresses(hosts: readonly MergedHost[]): Problem[] {
  const first = new Map<string, MergedHost>()
  const problems: Problem[] = []
  for (const host of hosts) {
    const { user, port, jump } = host.ssh
    const way = JSON.stringify([user.value, host.address.value, port.value ?? 22, jump.value])
    const earlier = first.get(way)
    if (earlier === undefined) {
      first.set(way, host)
      continue
    }
    const source = host.address.layer === null ? earlier.address : host.address
    const position = positionOf(source)
    if (position === null) continue
    const message = `\`${earlier.name}\` and \`${host.name}\` are the same machine: ${source.value}`
    const path = renderKeyPath([...(source.layer?.base ?? []), 'address'])
    problems.push(
      problemAt(position, path, { code: 'ADDRESS_TWICE', message, suggestion: 'give each its own address' }),
    )
  }
  return problems
}

/** Declares neither drives nor hugepages: nothing would ever be done to it. */
export const declaresNothing = ({ devices, hugepages }: HostDeclaration): boolean =>
  devices.spdk.length === 0 && devices.kernel.length === 0 && hugepages.length === 0

import { seen } from '../probe/fact.ts'
import type { Drive, HandOver, HostFacts, TakenLayer, TakenStack } from '../probe/facts.ts'
import { type BlockRef, blockByRef } from './block-ref.ts'
import { layersOver } from './layers.ts'
import type { DriveMove, StackMount, StackNeed, StackSwap } from './need.ts'
import { usesOf } from './uses.ts'

/** What is stacked on a drive now and can be put back, with what is mounted and swapped on it. */
export function liveStack(drive: Drive, facts: HostFacts): TakenStack {
  return {
    layers: layersOver(facts, drive.bdf).flatMap(({ way }) => (way.kind === 'sure' ? [way.layer] : [])),
    mounts: placedMounts(drive, facts).map(({ mount }) => mount),
    swaps: usesOf(drive, facts).flatMap((use) =>
      use.kind === 'swap' && use.through?.ref ? [{ on: use.through.ref, priority: use.priority }] : [],
    ),
  }
}

function placedMounts(drive: Drive, facts: HostFacts) {
  return usesOf(drive, facts).flatMap((use) => {
    if (use.kind !== 'mount' || !use.through?.ref) return []
    const { target, fstype, options, root } = use.mount
    return [{ line: use.line, mount: { on: use.through.ref, target, fstype, options, root } }]
  })
}

/** The stack in a record; empty where there is none. */
export function recordedStack(record: HandOver | null): TakenStack {
  return record?.stack ?? { layers: [], mounts: [], swaps: [] }
}

/**
 * What of a recorded stack is not there now, as far as its layers pass: an owed one keeps what lies on it owed.
 * What is mounted or swapped on is told by device and target; the same filesystem may be mounted elsewhere too.
 */
export function missingStack(
  recorded: TakenStack,
  facts: HostFacts,
  passes: (layer: TakenLayer) => boolean,
): TakenStack {
  const layers = recorded.layers.filter(passes)
  const present = new Set(layers.map(({ ref }) => ref))
  const majminOn = (on: BlockRef) => blockByRef(facts, on)?.majmin
  const pathOn = (on: BlockRef) => blockByRef(facts, on)?.path
  const live = seen(facts.mounts) ?? []
  const swaps = seen(facts.swaps) ?? []
  return {
    layers: layers.filter(({ ref }) => blockByRef(facts, ref) === undefined),
    mounts: recorded.mounts.filter(
      ({ on, target }) =>
        present.has(layerOf(on)) &&
        !live.some(
          (mount) =>
            mount.target === target && (mount.majmin === majminOn(on) || mount.source === pathOn(on)),
        ),
    ),
    swaps: recorded.swaps.filter(
      ({ on }) => present.has(layerOf(on)) && !swaps.some(({ majmin }) => majmin === majminOn(on)),
    ),
  }
}

/** The layer that a ref is, or is a partition of. */
export function layerOf(ref: BlockRef): BlockRef {
  return ref.replace(/^md\/\d+\//, 'md/0/')
}

/** Layers that must stay closed for now: a drive at their bottom is neither on the kernel's driver nor on its way there. */
export function owedLayers(record: HandOver | null, destined: ReadonlyMap<string, string>): TakenLayer[] {
  return recordedStack(record).layers.filter((layer) => !isDue(layer, destined))
}

/** Whether every drive at the bottom of a layer is declared for the kernel. */
export function isDue({ drives }: TakenLayer, destined: ReadonlyMap<string, string>): boolean {
  return drives.every((bdf) => destined.get(bdf) === 'nvme')
}

/** What these moves close, and what they open again. */
export function stackNeed(
  moves: DriveMove[],
  facts: HostFacts,
  destined: ReadonlyMap<string, string>,
): StackNeed {
  const leaving = moves.flatMap((move) => (move.direction === 'hand_over' ? [move.drive] : []))
  const live = leaving.map((drive) => liveStack(drive, facts))
  const close = uniqueBy(
    live.flatMap(({ layers }) => layers),
    ({ ref }) => ref,
  )
  const recorded = moves.flatMap((move) =>
    move.direction === 'give_back' ? [recordedStack(move.record)] : [],
  )
  const all = uniqueBy(
    recorded.flatMap(({ layers }) => layers),
    ({ ref }) => ref,
  )
  const missing = recorded.map((stack) => missingStack(stack, facts, (layer) => isDue(layer, destined)))
  const placed = leaving.flatMap((drive) => placedMounts(drive, facts))
  return {
    close: bottomUp(close),
    umount: uniqueBy(placed, ({ line }) => String(line)).map(({ line, mount }) => ({
      line,
      mount: { ...placeOf(mount.on, close), ...mount },
    })),
    swapoff: uniqueBy(
      live.flatMap(({ swaps }) => swaps),
      ({ on }) => on,
    ).map((swap) => ({ ...placeOf(swap.on, close), ...swap })),
    open: bottomUp(
      uniqueBy(
        missing.flatMap(({ layers }) => layers),
        ({ ref }) => ref,
      ),
    ),
    mount: uniqueBy(
      missing.flatMap(({ mounts }) => mounts),
      ({ on, target, root }) => [on, target, root].join('\0'),
    ).map((mount): StackMount => ({ ...placeOf(mount.on, all), ...mount })),
    swapon: uniqueBy(
      missing.flatMap(({ swaps }) => swaps),
      ({ on }) => on,
    ).map((swap): StackSwap => ({ ...placeOf(swap.on, all), ...swap })),
  }
}

/** A name for people and the drives below, of a layer or a partition of one. */
function placeOf(on: BlockRef, layers: TakenLayer[]): { on: BlockRef; name: string; drives: string[] } {
  const layer = layers.find(({ ref }) => ref === layerOf(on))
  const part = /^md\/([1-9]\d*)\//.exec(on)?.[1]
  const name = layer?.name ?? on
  return { on, name: part === undefined ? name : `${name} p${part}`, drives: layer?.drives ?? [] }
}

function uniqueBy<T>(list: T[], key: (item: T) => string): T[] {
  const keys = new Set<string>()
  return list.filter((item) => {
    const fresh = !keys.has(key(item))
    keys.add(key(item))
    return fresh
  })
}

/** Each layer after those that it lies on, by ref where nothing else decides. */
function bottomUp(layers: TakenLayer[]): TakenLayer[] {
  const left = layers.toSorted((a, b) => (a.ref < b.ref ? -1 : 1))
  const ordered: TakenLayer[] = []
  while (left.length > 0) {
    const next = left.findIndex(
      ({ on, ref }) =>
        !left.some((other) => other.ref !== ref && on.some((under) => layerOf(under) === other.ref)),
    )
    // A lying host may name layers that lie on each other; such a record opens nothing, whatever the order.
    ordered.push(...left.splice(Math.max(next, 0), 1))
  }
  return ordered
}

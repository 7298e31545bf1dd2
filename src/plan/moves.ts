import { seen } from '../probe/fact.ts'
import type {
  Drive,
  HandOver,
  HostFacts,
  Namespace,
  TakenLayer,
  TakenMount,
  TakenStack,
  TakenSwap,
} from '../probe/facts.ts'
import type { DriveCase } from './drive-case.ts'
import type { DriveMove, PlacedMount } from './need.ts'
import { aliasesOf } from './references.ts'
import { layerOf, liveStack, missingStack, owedLayers, recordedStack } from './stack-moves.ts'
import type { Use } from './uses.ts'

/** Which plan this is, for the records it leaves on hosts. Given from outside: the planner has no clock. */
export interface PlanStamp {
  /** Id of the plan, and of the run that carries it out. */
  id: string
  /** ISO 8601. */
  at: string
}

/** How a drive that no guard blocks gets to where it is declared; null when it is there. */
export function moveFor(drive: DriveCase, stamp: PlanStamp): DriveMove | null {
  return drive.want === 'spdk' ? handOver(drive, stamp) : giveBack(drive)
}

function handOver(one: DriveCase, stamp: PlanStamp): DriveMove | null {
  const { drive, uses, current, target } = one
  if (current === target) return null
  const previous = seen(drive.record)
  // Off the nvme driver the drive cannot be asked who it is: what was recorded when it left stays true.
  const record = previous !== null && current !== 'nvme' ? previous : newRecord(one, stamp, previous)
  const mounts = uses.flatMap(placedMount)
  return {
    direction: 'hand_over',
    drive,
    driver: target,
    record,
    previous,
    mounts,
    swaps: uses.flatMap(takenSwap),
  }
}

/** A record holds what is taken down now, and what was taken down before and never came back. */
function newRecord(
  { drive, current, uses, facts }: DriveCase,
  stamp: PlanStamp,
  previous: HandOver | null,
): HandOver {
  const { record: _older, ...as } = drive
  const live = liveOn(uses)
  const owed = missingOf(previous, live)
  const aliases = aliasesOf(drive, facts)
  const stack = newStack(drive, facts, previous)
  return {
    format: stack === null ? 1 : 2,
    run: stamp.id,
    at: stamp.at,
    from: current,
    // At the moment it leaves, nothing holds it any more.
    drive: { ...as, namespaces: as.namespaces.map(released) },
    mounts: [...owed.mounts.filter((mount) => holds(drive, mount, mount.fstype)), ...live.mounts],
    swaps: [...owed.swaps.filter((swap) => holds(drive, swap, 'swap')), ...live.swaps],
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(stack === null ? {} : { stack }),
  }
}

function released(namespace: Namespace): Namespace {
  const partitions = namespace.partitions.map((part) => ({ ...part, holders: [] }))
  return { ...namespace, holders: [], partitions }
}

/** Signature of what is a member of a layer. */
const memberTypes = { lvm: 'LVM2_member', luks: 'crypto_LUKS', md: 'linux_raid_member' } as const

/** What is stacked on it now, and what was closed before and never came back; null when there is none of both. */
function newStack(drive: Drive, facts: HostFacts, previous: HandOver | null): TakenStack | null {
  const live = liveStack(drive, facts)
  const kept = new Set<string>()
  // Layers stand bottom up: one that is kept is known before what lies on it.
  const passes = ({ kind, ref, on }: TakenLayer) => {
    const stands = on.every((under) => {
      const [bdf, nsid, partition] = under.split('/')
      if (bdf !== drive.bdf) return !/^[0-9a-f]{4,}:/.test(bdf ?? '') ? kept.has(layerOf(under)) : true
      return holds(drive, { nsid: Number(nsid), partition: Number(partition) }, memberTypes[kind])
    })
    if (stands) kept.add(ref)
    return stands
  }
  const owed = missingStack(recordedStack(previous), facts, passes)
  const stack = {
    layers: [...owed.layers, ...live.layers],
    mounts: [...owed.mounts, ...live.mounts],
    swaps: [...owed.swaps, ...live.swaps],
  }
  return stack.layers.length === 0 ? null : stack
}

/** What a record would bring back and is not there now. */
export function missingOf(record: HandOver | null, live: Pick<HandOver, 'mounts' | 'swaps'>) {
  const samePlace = (a: Place, b: Place) => a.nsid === b.nsid && a.partition === b.partition
  return {
    mounts: (record?.mounts ?? []).filter(
      (mount) => !live.mounts.some((now) => samePlace(mount, now) && mount.target === now.target),
    ),
    swaps: (record?.swaps ?? []).filter((swap) => !live.swaps.some((now) => samePlace(swap, now))),
  }
}

type Place = Pick<TakenMount, 'nsid' | 'partition'>

/** Whether the block there has a superblock of this type still; it may have been formatted anew since. */
function holds(drive: Drive, { nsid, partition }: Place, type: string): boolean {
  const namespace = drive.namespaces.find((one) => one.nsid === nsid)
  const block = partition === 0 ? namespace : namespace?.partitions.find(({ number }) => number === partition)
  return block?.signatures.state === 'known' && block.signatures.value.some((found) => found.type === type)
}

function giveBack({ drive, uses, current, destined }: DriveCase): DriveMove | null {
  const record = seen(drive.record)
  // The record outlives a reboot: a drive may be back on nvme by itself and still miss its mounts.
  if (current === 'nvme' && record === null) return null
  const owed = owedLayers(record, destined).length > 0
  return { direction: 'give_back', drive, driver: 'nvme', record, ...missingOf(record, liveOn(uses)), owed }
}

/** Mounts and swap right on a drive now, as a record would keep them. */
export function liveOn(uses: Use[]): Pick<HandOver, 'mounts' | 'swaps'> {
  return {
    mounts: uses.flatMap(placedMount).map(({ mount }) => mount),
    swaps: uses.flatMap(takenSwap),
  }
}

function placedMount(use: Use): PlacedMount[] {
  if (use.kind !== 'mount' || use.through !== null) return []
  const { target, fstype, options, root } = use.mount
  return [
    { line: use.line, mount: { nsid: use.nsid, partition: use.partition, target, fstype, options, root } },
  ]
}

function takenSwap(use: Use): TakenSwap[] {
  if (use.kind !== 'swap' || use.through !== null) return []
  return [{ nsid: use.nsid, partition: use.partition, priority: use.priority }]
}

import type { Drive, HostFacts } from '../probe/facts.ts'
import { blockByRef, type FoundBlock } from './block-ref.ts'
import type { Place } from './place-name.ts'

/** Facts with one drive replaced by what `change` makes of it; the rest is shared, nothing is mutated. */
export function withDrive(facts: HostFacts, bdf: string, change: (drive: Drive) => Drive): HostFacts {
  return { ...facts, drives: facts.drives.map((drive) => (drive.bdf === bdf ? change(drive) : drive)) }
}

/** The block device at a place now; undefined when it is not there. Partition 0 is the namespace itself. */
export function blockAt(facts: HostFacts, place: Place): FoundBlock | undefined {
  if ('on' in place) return blockByRef(facts, place.on)
  const drive = facts.drives.find((d) => d.bdf === place.bdf)
  const namespace = drive?.namespaces.find((n) => n.nsid === place.nsid)
  const block =
    place.partition === 0 ? namespace : namespace?.partitions.find((p) => p.number === place.partition)
  return block && { name: block.name, majmin: block.majmin, path: `/dev/${block.name}` }
}

/** Facts with the holders of every block device, on drives and stacks, as `change` makes them. */
export function withHolders(
  facts: HostFacts,
  change: (holders: string[], name: string) => string[],
): HostFacts {
  const held = <B extends { name: string; holders: string[] }>(block: B): B => ({
    ...block,
    holders: change(block.holders, block.name),
  })
  return {
    ...facts,
    drives: facts.drives.map((drive) => ({
      ...drive,
      namespaces: drive.namespaces.map((one) => ({ ...held(one), partitions: one.partitions.map(held) })),
    })),
    blockDevices: facts.blockDevices.map(held),
  }
}

import type { Drive, HostFacts, Namespace, Partition } from '../probe/facts.ts'

/** Facts with one drive replaced by what `change` makes of it; the rest is shared, nothing is mutated. */
export function withDrive(facts: HostFacts, bdf: string, change: (drive: Drive) => Drive): HostFacts {
  return { ...facts, drives: facts.drives.map((drive) => (drive.bdf === bdf ? change(drive) : drive)) }
}

/** The block device at (namespace, partition) of a drive; partition 0 is the namespace itself. */
export function blockAt(
  facts: HostFacts,
  place: { bdf: string; nsid: number; partition: number },
): Namespace | Partition | undefined {
  const drive = facts.drives.find((d) => d.bdf === place.bdf)
  const namespace = drive?.namespaces.find((n) => n.nsid === place.nsid)
  if (place.partition === 0) return namespace
  return namespace?.partitions.find((p) => p.number === place.partition)
}

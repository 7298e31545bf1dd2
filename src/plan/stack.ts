import type { HostFacts } from '../probe/facts.ts'
import { remember } from './remember.ts'

/** A namespace or partition of a drive, found by kernel name or device number. */
export interface DriveBlock {
  bdf: string
  name: string
  nsid: number
  /** 0: the whole namespace. */
  partition: number
}

/** Finds what block devices lie on, down to the drives. */
export interface Stack {
  /**
   * By kernel name (`nvme0n1p2`) or `major:minor`; empty when it is not on an NVMe drive directly. More than one
   * under native multipath, where the drives of all paths show the same namespace.
   */
  blocks(nameOrMajmin: string): DriveBlock[]
  /** Every drive block under the device, through dm, md and partitions; empty when it lies on no drive. */
  under(nameOrMajmin: string): DriveBlock[]
  /** Kernel names of what is at its bottom and is no drive block: another disk, or one that nothing is known of. */
  strangers(nameOrMajmin: string): string[]
  /** Whether the device, and all that it lies on, is known, on a drive or not. */
  knows(nameOrMajmin: string): boolean
}

/** The stack of a host. */
export const stackOf = remember(buildStack)

function buildStack(facts: HostFacts): Stack {
  const blocks = new Map<string, DriveBlock[]>()
  const slaves = new Map<string, string[]>()
  for (const drive of facts.drives) {
    for (const namespace of drive.namespaces) {
      for (const block of [{ ...namespace, number: 0 }, ...namespace.partitions]) {
        const found = { bdf: drive.bdf, name: block.name, nsid: namespace.nsid, partition: block.number }
        for (const key of [block.name, block.majmin]) blocks.set(key, [...(blocks.get(key) ?? []), found])
      }
    }
  }
  for (const device of facts.blockDevices) {
    slaves.set(device.name, device.slaves)
    slaves.set(device.majmin, device.slaves)
    // As mountinfo has it for a btrfs, without /dev/.
    if (device.dmName.state === 'known') slaves.set(`mapper/${device.dmName.value}`, device.slaves)
  }

  /** The drive blocks under a device, and the devices under it that nothing is known of. */
  function trace(
    key: string,
    visited = new Set<string>(),
  ): { found: DriveBlock[]; unknown: string[]; other: string[] } {
    // A lying host may name a loop of slaves.
    if (visited.has(key)) return { found: [], unknown: [], other: [] }
    visited.add(key)
    const found = blocks.get(key)
    if (found !== undefined) return { found, unknown: [], other: [] }
    const under = slaves.get(key)
    if (under === undefined) return { found: [], unknown: [key], other: [] }
    if (under.length === 0) return { found: [], unknown: [], other: [key] }
    const traces = under.map((slave) => trace(slave, visited))
    return {
      found: traces.flatMap((one) => one.found),
      unknown: traces.flatMap((one) => one.unknown),
      other: traces.flatMap((one) => one.other),
    }
  }

  return {
    blocks: (key) => blocks.get(key) ?? [],
    under: (key) => trace(key).found,
    strangers: (key) => {
      const { unknown, other } = trace(key)
      return [...unknown, ...other]
    },
    knows: (key) => trace(key).unknown.length === 0,
  }
}

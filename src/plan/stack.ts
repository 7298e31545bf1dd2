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

interface Trace {
  found: DriveBlock[]
  unknown: string[]
  /** At its bottom, known, and on no drive. */
  other: string[]
}

function buildStack(facts: HostFacts): Stack {
  const blocks = new Map<string, DriveBlock[]>()
  const slaves = new Map<string, string[]>()
  const traces = new Map<string, Trace>()
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
  function trace(start: string): Trace {
    const known = traces.get(start)
    if (known !== undefined) return known
    const traced: Trace = { found: [], unknown: [], other: [] }
    traces.set(start, traced)
    // A lying host may name a loop of slaves, or a stack so deep that no recursion comes to its end.
    const visited = new Set<string>()
    const todo = [start]
    let bottoms = 0
    for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
      if (visited.has(key)) continue
      visited.add(key)
      const found = blocks.get(key)
      const under = slaves.get(key)
      if (found !== undefined) for (const block of found) traced.found.push(block)
      else if (under === undefined) traced.unknown.push(key)
      else if (under.length === 0) traced.other.push(key)
      else for (const slave of under.toReversed()) todo.push(slave)
      if (found !== undefined || under?.length === 0) bottoms += 1
    }
    // What lies on nothing but itself lies on nobody knows what.
    if (bottoms === 0 && traced.unknown.length === 0) traced.unknown.push(start)
    return traced
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

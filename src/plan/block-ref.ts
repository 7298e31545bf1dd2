import { seen } from '../probe/fact.ts'
import type { BlockDevice, HostFacts } from '../probe/facts.ts'
import { remember } from './remember.ts'
import { stackOf } from './stack.ts'

/**
 * A block device by what stays true over rebinds and boots, in one word that the agent reads too (agent/run/stack.sh):
 *
 *     0000:5e:00.0/1/2     namespace 1, partition 2 (0: the whole namespace) of that drive
 *     dm/LVM-…             the device-mapper device of that UUID
 *     md/1/REF             partition 1 (0: the whole) of the array that REF is a member of
 *
 * An array has no name of its own: udev calls it what it likes when its members come back. A member finds it.
 */
export type BlockRef = string

/** A block device as the kernel calls it now. */
export interface FoundBlock {
  name: string
  majmin: string
  /** As mountinfo and /proc/swaps name it. */
  path: string
}

/** The ref of each block device of these facts that lies on drives only, by kernel name. */
export const refsOf = remember(buildRefs)

/** The block device that a ref stands for now; undefined when it is not there. */
export function blockByRef(facts: HostFacts, ref: BlockRef): FoundBlock | undefined {
  return blocksByRef(facts).get(ref)
}

const blocksByRef = remember((facts: HostFacts): ReadonlyMap<BlockRef, FoundBlock> => {
  const found = new Map<BlockRef, FoundBlock>()
  for (const { name, majmin } of allBlocks(facts)) {
    for (const ref of refsOf(facts).get(name) ?? []) found.set(ref, { name, majmin, path: `/dev/${name}` })
  }
  for (const device of facts.blockDevices) {
    const dmName = seen(device.dmName)
    for (const ref of refsOf(facts).get(device.name) ?? [])
      found.set(ref, {
        name: device.name,
        majmin: device.majmin,
        path: `/dev/${dmName === null ? device.name : `mapper/${dmName}`}`,
      })
  }
  return found
})

function allBlocks(facts: HostFacts) {
  return facts.drives.flatMap((drive) =>
    drive.namespaces.flatMap((namespace) => [namespace, ...namespace.partitions]),
  )
}

/** Every ref that stands for a device, the one it is known by first: an array can be found by any of its members. */
function buildRefs(facts: HostFacts): ReadonlyMap<string, BlockRef[]> {
  const devices = new Map(facts.blockDevices.map((device) => [device.name, device]))
  const refs = new Map<string, BlockRef[]>()
  const stack = stackOf(facts)
  for (const { name } of allBlocks(facts))
    refs.set(
      name,
      stack.blocks(name).map(({ bdf, nsid, partition }) => `${bdf}/${nsid}/${partition}`),
    )
  const refsFor = (name: string, above: Set<string>): BlockRef[] => {
    const known = refs.get(name)
    const device = devices.get(name)
    if (known !== undefined || device === undefined || above.has(name)) return known ?? []
    const found = deviceRefs(device, (slave) => refsFor(slave, new Set([...above, name])), devices)
    refs.set(name, found)
    return found
  }
  for (const name of devices.keys()) refsFor(name, new Set())
  return refs
}

function deviceRefs(
  device: BlockDevice,
  refsFor: (slave: string) => BlockRef[],
  devices: ReadonlyMap<string, BlockDevice>,
): BlockRef[] {
  const uuid = seen(device.dmUuid)
  if (uuid !== null && uuid !== '') return [`dm/${uuid}`]
  const part = arrayPartition(device, devices)
  if (part !== null) return refsFor(part.array).map((ref) => ref.replace(/^md\/0\//, `md/${part.number}/`))
  if (device.raid.state !== 'known') return []
  return device.slaves
    .flatMap(refsFor)
    .toSorted()
    .map((ref) => `md/0/${ref}`)
}

/** Which partition of which md array a device is; null when it is none. */
export function arrayPartition(
  { name, slaves }: BlockDevice,
  devices: ReadonlyMap<string, BlockDevice>,
): { array: string; number: number } | null {
  const [array, ...more] = slaves
  if (array === undefined || more.length > 0 || devices.get(array)?.raid.state !== 'known') return null
  // The kernel puts a `p` between where the name of the array ends in a digit.
  const number = name.startsWith(array) ? /^p?(\d+)$/.exec(name.slice(array.length))?.[1] : undefined
  return number === undefined ? null : { array, number: Number(number) }
}

/** The ref of a partition of a layer; 0 is the layer itself, and only an array has others. */
export function partitionRef(layer: BlockRef, partition: number): BlockRef {
  return partition === 0 ? layer : layer.replace(/^md\/0\//, `md/${partition}/`)
}

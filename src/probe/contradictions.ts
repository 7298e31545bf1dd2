import { seen } from './fact.ts'
import type { Drive, HostFacts, Namespace } from './facts.ts'
import { malformed, type Sheet } from './sheet.ts'

/**
 * Throws PROBE_MALFORMED where an answer cannot be true, though every line of it is of the right form. Kernels do not
 * say these things: the host lies, something rewrites what the probe prints, or it changed while it was looked at.
 * Taken at its word such an answer could make a drive in use look blank.
 */
export function refuseContradictions(sheet: Sheet, facts: HostFacts): void {
  const found =
    orphan(sheet, facts) ??
    twice(facts) ??
    misplaced(facts) ??
    circular(facts) ??
    impossible(facts) ??
    unholdable(facts)
  if (found !== undefined) throw malformed(found)
}

/** Several times what the largest host has: past this the planner would work for minutes on what cannot be true. */
const most = {
  drives: 1024,
  functions: 16_384,
  'block devices': 20_000,
  'namespaces and partitions': 8192,
  mounts: 40_000,
  swaps: 4096,
  'mounts in records': 4096,
} as const

/** Called before anything is parsed: so many subjects are no host, and would only cost time. */
export function refuseExcess(sheet: Sheet): void {
  const excess =
    tooMany('functions', sheet.names('pci').length) ??
    tooMany('block devices', sheet.names('block').length) ??
    tooMany('mounts', sheet.all('host', 'mount').length) ??
    tooMany('swaps', sheet.names('swap').length)
  if (excess !== undefined) throw malformed(excess)
}

function tooMany(what: keyof typeof most, number: number): string | undefined {
  return number > most[what] ? `it tells of ${number} ${what}` : undefined
}

/** A namespace that no drive has, or a partition of a disk that is none: nobody would look at what uses it. */
function orphan(sheet: Sheet, { drives }: HostFacts): string | undefined {
  const claimed = new Set(
    drives.flatMap(({ namespaces }) =>
      namespaces.flatMap(({ name, partitions }) => [name, ...partitions.map((part) => part.name)]),
    ),
  )
  const name = sheet
    .names('block')
    .find((one) => !claimed.has(one) && ['nsid', 'disk'].some((word) => sheet.says(`block/${one}`, word)))
  return name === undefined ? undefined : `${quoted(name)} is on an NVMe drive that the answer does not have`
}

/** What there can be only one of. */
function twice(facts: HostFacts): string | undefined {
  const blocks = new Map<string, { name: string; majmin: string }>()
  const seenBefore = (one: { name: string; majmin: string }) => {
    const other = blocks.get(one.majmin) ?? one
    blocks.set(one.majmin, other)
    // Under native multipath several drives show the same namespace, under the same name.
    return other.name === one.name
      ? undefined
      : `${quoted(other.name)} and ${quoted(one.name)} are both ${one.majmin}`
  }
  for (const { bdf, namespaces } of facts.drives) {
    if (repeats(namespaces.map(({ nsid }) => nsid))) return `${bdf} has a namespace id twice`
    for (const namespace of namespaces) {
      if (repeats(namespace.partitions.map(({ number }) => number)))
        return `${quoted(namespace.name)} has a partition number twice`
      for (const block of [namespace, ...namespace.partitions]) {
        const clash = seenBefore(block)
        if (clash !== undefined) return clash
      }
    }
  }
  for (const device of facts.blockDevices) {
    const clash = seenBefore(device)
    if (clash !== undefined) return clash
  }
  const pools = (seen(facts.hugepages) ?? []).map(({ node, sizeKiB }) => `${node} ${sizeKiB}`)
  if (repeats(pools)) return 'a pool of hugepages is told twice'
  return repeats(facts.numaNodes.map(({ id }) => id)) ? 'a NUMA node is told twice' : undefined
}

/** Only the nvme driver shows a controller and namespaces. */
function misplaced({ drives }: HostFacts): string | undefined {
  for (const { bdf, driver, controller, namespaces } of drives) {
    if (driver.state === 'unreadable' || seen(driver) === 'nvme') continue
    if (namespaces.length > 0 || controller.state === 'known')
      return `${bdf} is on ${quoted(seen(driver) ?? 'no driver')}, and yet has an NVMe controller`
  }
  return undefined
}

/** Block devices that lie on one another in a circle: what is at the bottom of the rest is counted off until none is left. */
function circular({ blockDevices }: HostFacts): string | undefined {
  const above = new Map<string, string[]>()
  const left = new Map<string, number>()
  const names = new Set(blockDevices.map(({ name }) => name))
  for (const { name, slaves } of blockDevices) {
    const under = [...new Set(slaves)].filter((slave) => names.has(slave))
    left.set(name, under.length)
    for (const slave of under) {
      const others = above.get(slave)
      if (others === undefined) above.set(slave, [name])
      else others.push(name)
    }
  }
  const free = [...left].flatMap(([name, under]) => (under === 0 ? [name] : []))
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    left.delete(name)
    for (const upper of above.get(name) ?? []) {
      const under = (left.get(upper) ?? 0) - 1
      left.set(upper, under)
      if (under === 0) free.push(upper)
    }
  }
  const [stuck] = left.keys()
  return stuck === undefined ? undefined : `${quoted(stuck)} lies on itself`
}

/** Numbers and names that no kernel gives. */
function impossible(facts: HostFacts): string | undefined {
  const own = facts.drives.flatMap(blocksOf)
  const owed = facts.drives.map(({ record }) => seen(record)?.mounts.length ?? 0)
  const excess =
    tooMany('drives', facts.drives.length) ??
    tooMany('namespaces and partitions', own.length) ??
    tooMany(
      'mounts in records',
      owed.reduce((sum, mounts) => sum + mounts, 0),
    )
  if (excess !== undefined) return excess
  const blocks = [...own, ...facts.blockDevices]
  const oddSize = blocks.find(({ sizeBytes }) => !isCount(sizeBytes))
  if (oddSize !== undefined) return `the size of ${quoted(oddSize.name)} is no size`
  const oddName = blocks.find(({ name }) => /[/\0]|^\.{1,2}$/.test(name) || name.length > 255)
  if (oddName !== undefined) return `a block device is called ${quoted(oddName.name)}`
  for (const { controller, bdf } of facts.drives) {
    if (controller.state !== 'known') continue
    const { model, serial, firmware } = controller.value
    // An NVMe drive has 40, 20 and 8 bytes for these.
    if ([model, serial, firmware].some((text) => text.length > 64))
      return `the model, serial or firmware of ${bdf} is longer than any drive's`
  }
  for (const { node, sizeKiB, total, free } of seen(facts.hugepages) ?? [])
    if (![node ?? 0, sizeKiB, total, free].every(isCount)) return 'a number of hugepages is none'
  const mount = (seen(facts.mounts) ?? []).find(({ target }) => !target.startsWith('/'))
  if (mount !== undefined) return `something is mounted at ${quoted(mount.target)}, which is no path`
  return isCount(facts.uid) ? undefined : 'the user id is none'
}

/** Neither a path nor a name of the kernel's can hold a NUL byte, and no shell word of a step could. */
function unholdable(facts: HostFacts): string | undefined {
  const todo: unknown[] = [facts]
  while (todo.length > 0) {
    const value = todo.pop()
    if (typeof value === 'string') {
      if (value.includes('\0')) return `a text holds a NUL byte: ${quoted(value)}`
    } else if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) todo.push(inner)
  }
  return undefined
}

function blocksOf({ namespaces }: Drive): (Namespace | Namespace['partitions'][number])[] {
  return namespaces.flatMap((namespace) => [namespace, ...namespace.partitions])
}

const isCount = (number: number) => Number.isSafeInteger(number) && number >= 0
const repeats = (keys: readonly unknown[]) => new Set(keys).size < keys.length
const quoted = (text: string) => JSON.stringify(text.slice(0, 80))

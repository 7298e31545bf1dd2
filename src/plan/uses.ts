import { seen } from '../probe/fact.ts'
import type { BlockDevice, Drive, HostFacts, Mount } from '../probe/facts.ts'
import { type BlockRef, refsOf } from './block-ref.ts'
import { layersOver, whatIs } from './layers.ts'
import { remember } from './remember.ts'
import { type Stack, stackOf } from './stack.ts'
import { type UseNow, usesNow } from './uses-now.ts'

/**
 * Something on a drive that would be hurt if the drive went away. `device` is the kernel name of the block on the
 * drive, also where a stack lies in between.
 */
export type Use =
  | {
      kind: 'mount'
      device: string
      nsid: number
      partition: number
      through: Through | null
      line: number
      mount: Mount
    }
  | {
      kind: 'swap'
      device: string
      nsid: number
      partition: number
      through: Through | null
      priority: number
    }
  /** `ref` is null where no name for it outlives a rebind. The topmost comes first. */
  | { kind: 'holder'; device: string; holder: string; what: string; ref: BlockRef | null }
  | { kind: 'btrfs'; device: string }
  | UseNow
  | { kind: 'signature'; device: string; types: string[] }
  | { kind: 'unreadable'; device: string; why: string }

/** The device of a stack that a filesystem or swap lies on. */
export interface Through {
  /** Kernel name. */
  device: string
  /** Null: it also lies on something that no ref can name, so nothing on it can be taken down. */
  ref: BlockRef | null
}

/** All that uses a drive of these facts, in the order: mounts, swap, holders, btrfs, what others do with it now, signatures. */
export function usesOf(drive: Drive, facts: HostFacts): Use[] {
  return usesByDrive(facts).get(drive.bdf) ?? []
}

const usesByDrive = remember((facts: HostFacts): ReadonlyMap<string, Use[]> => {
  const stack = stackOf(facts)
  const mounts = mountUses(facts, stack)
  return new Map(
    facts.drives.map((drive) => [
      drive.bdf,
      [
        ...(mounts.get(drive.bdf) ?? []),
        ...swapUses(drive, facts, stack),
        ...holderUses(drive, facts),
        ...btrfsUses(drive, facts),
        ...usesNow(drive, facts),
        ...signatureUses(drive),
      ],
    ]),
  )
})

function blocks(drive: Drive) {
  return drive.namespaces.flatMap((namespace) => [
    { ...namespace, nsid: namespace.nsid, partition: 0 },
    ...namespace.partitions.map((part) => ({ ...part, nsid: namespace.nsid, partition: part.number })),
  ])
}

/** By drive: a host may have more mounts than could be gone through for each of its drives. */
function mountUses(facts: HostFacts, stack: Stack): ReadonlyMap<string, Use[]> {
  const uses = new Map<string, Use[]>()
  for (const [line, mount] of (seen(facts.mounts) ?? []).entries()) {
    // btrfs and bcachefs mounts have anonymous device numbers: then the source path tells.
    const found = [mount.majmin, mount.source.replace(/^\/dev\//, '')].flatMap((key) =>
      blocksUnder(key, facts, stack),
    )
    for (const { bdf, ...block } of new Map(found.toReversed().map((one) => [one.bdf, one])).values()) {
      const use: Use = { kind: 'mount', ...block, line, mount }
      const others = uses.get(bdf)
      if (others === undefined) uses.set(bdf, [use])
      else others.push(use)
    }
  }
  return uses
}

/** The blocks of drives under a mount or swap: the first of each drive stands for all in what is told. */
function blocksUnder(key: string, facts: HostFacts, stack: Stack) {
  const direct = stack.blocks(key).length > 0
  const on = direct ? undefined : devicesByKey(facts).get(key)
  const through = on === undefined ? null : { device: on.name, ref: refsOf(facts).get(on.name)?.[0] ?? null }
  return stack
    .under(key)
    .toSorted((a, b) => a.nsid - b.nsid || a.partition - b.partition)
    .map(({ bdf, name, nsid, partition }) => ({ bdf, device: name, nsid, partition, through }))
}

/** Block devices by all they are called: kernel name, `major:minor`, name under /dev/mapper. */
const devicesByKey = remember(
  (facts: HostFacts): ReadonlyMap<string, BlockDevice> =>
    new Map(
      facts.blockDevices.flatMap((device) => {
        const mapper = device.dmName.state === 'known' ? [`mapper/${device.dmName.value}`] : []
        return [device.name, device.majmin, ...mapper].map((key) => [key, device] as const)
      }),
    ),
)

function swapUses(drive: Drive, facts: HostFacts, stack: Stack): Use[] {
  return (seen(facts.swaps) ?? []).flatMap(({ majmin, path, type, priority }) => {
    if (type === 'file') return []
    const keys = [...(majmin === null ? [] : [majmin]), path.replace(/^\/dev\//, '')]
    const first = keys.flatMap((key) => blocksUnder(key, facts, stack)).find(({ bdf }) => bdf === drive.bdf)
    if (first === undefined) return []
    const { bdf: _bdf, ...block } = first
    return [{ kind: 'swap' as const, ...block, priority }]
  })
}

function holderUses(drive: Drive, facts: HostFacts): Use[] {
  const over = layersOver(facts, drive.bdf)
  const stack = stackOf(facts)
  const known = over.toReversed().map(({ device, what }) => {
    const block = stack.under(device.name).find(({ bdf }) => bdf === drive.bdf)
    return {
      kind: 'holder' as const,
      device: block?.name ?? '',
      holder: device.name,
      what,
      ref: refsOf(facts).get(device.name)?.[0] ?? null,
    }
  })
  const unknown = blocks(drive).flatMap(({ name, holders }) =>
    holders
      .filter((holder) => !over.some(({ device }) => device.name === holder))
      .map((holder) => ({
        kind: 'holder' as const,
        device: name,
        holder,
        what: whatIs(holder, devicesByName(facts).get(holder)),
        ref: null,
      })),
  )
  return [...known, ...unknown]
}

const devicesByName = remember(
  (facts: HostFacts): ReadonlyMap<string, BlockDevice> =>
    new Map(facts.blockDevices.map((device) => [device.name, device])),
)

function btrfsUses(drive: Drive, facts: HostFacts): Use[] {
  const members = new Set(seen(facts.btrfsMembers) ?? [])
  const uses = blocks(drive).filter(({ name }) => members.has(name))
  return uses.map(({ name }) => ({ kind: 'btrfs', device: name }))
}

function signatureUses(drive: Drive): Use[] {
  return blocks(drive).flatMap(({ name, signatures }): Use[] => {
    if (signatures.state === 'unreadable') return [{ kind: 'unreadable', device: name, why: signatures.why }]
    if (signatures.state === 'absent')
      return [{ kind: 'unreadable', device: name, why: 'it was not looked at' }]
    const types = [...new Set(signatures.value.map(({ type }) => type))]
    return types.length === 0 ? [] : [{ kind: 'signature', device: name, types }]
  })
}

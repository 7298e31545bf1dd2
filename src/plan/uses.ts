import { seen } from '../probe/fact.ts'
import type { BlockDevice, Drive, HostFacts, Mount } from '../probe/facts.ts'
import { remember } from './remember.ts'
import { type Stack, stackOf } from './stack.ts'
import { type UseNow, usesNow } from './uses-now.ts'

/** Something on a drive that would be hurt if the drive went away. `device` is a kernel name. */
export type Use =
  | { kind: 'mount'; device: string; nsid: number; partition: number; line: number; mount: Mount }
  | { kind: 'swap'; device: string; nsid: number; partition: number; priority: number }
  | { kind: 'holder'; device: string; holder: string; what: string }
  | { kind: 'btrfs'; device: string }
  | UseNow
  | { kind: 'signature'; device: string; types: string[] }
  | { kind: 'unreadable'; device: string; why: string }

/** All that uses a drive of these facts, in the order: mounts, swap, holders, btrfs, what others do with it now, signatures. */
export function usesOf(drive: Drive, facts: HostFacts): Use[] {
  return usesByDrive(facts).get(drive.bdf) ?? []
}

const usesByDrive = remember((facts: HostFacts): ReadonlyMap<string, Use[]> => {
  const mounts = mountUses(facts, stackOf(facts))
  return new Map(
    facts.drives.map((drive) => [
      drive.bdf,
      [
        ...(mounts.get(drive.bdf) ?? []),
        ...swapUses(drive, facts),
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
    const blocks = [mount.majmin, mount.source.replace(/^\/dev\//, '')].flatMap(stack.blocks)
    for (const { bdf, name, nsid, partition } of new Map(
      blocks.toReversed().map((block) => [block.bdf, block]),
    ).values()) {
      const use: Use = { kind: 'mount', device: name, nsid, partition, line, mount }
      const others = uses.get(bdf)
      if (others === undefined) uses.set(bdf, [use])
      else others.push(use)
    }
  }
  return uses
}

function swapUses(drive: Drive, facts: HostFacts): Use[] {
  const swaps = seen(facts.swaps) ?? []
  return blocks(drive).flatMap(({ name, majmin, nsid, partition }) =>
    swaps
      .filter((swap) => swap.majmin === majmin || swap.path === `/dev/${name}`)
      .map(({ priority }) => ({ kind: 'swap' as const, device: name, nsid, partition, priority })),
  )
}

function holderUses(drive: Drive, facts: HostFacts): Use[] {
  return blocks(drive).flatMap(({ name, holders }) => {
    // A loop device is in nobody's `holders`; it says itself what it lies on.
    const loops = lyingOn(facts).get(name) ?? []
    return [...new Set([...holders, ...loops])].map((holder) => {
      const device = devicesByName(facts).get(holder)
      return { kind: 'holder' as const, device: name, holder, what: whatIs(holder, device) }
    })
  })
}

/** Names of the block devices that say they lie on a device, by its name. */
const lyingOn = remember((facts: HostFacts): ReadonlyMap<string, string[]> => {
  const above = new Map<string, string[]>()
  for (const { name, slaves } of facts.blockDevices)
    for (const slave of slaves) above.set(slave, [...(above.get(slave) ?? []), name])
  return above
})

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

/** What a holder is, in the words its admin would use. */
function whatIs(name: string, device: BlockDevice | undefined): string {
  const uuid = device === undefined ? null : seen(device.dmUuid)
  const dmName = device === undefined ? null : seen(device.dmName)
  if (uuid?.startsWith('LVM-')) return `LVM volume ${dmName ?? name}`
  if (uuid?.startsWith('CRYPT-')) return `LUKS mapping ${dmName ?? name}`
  if (uuid?.startsWith('mpath-')) return `multipath device ${dmName ?? name}`
  if (name.startsWith('md')) return `RAID array ${name}`
  if (name.startsWith('loop')) return `loop device ${name}`
  if (name.startsWith('bcache')) return `bcache device ${name}`
  return `block device ${dmName ?? name}`
}

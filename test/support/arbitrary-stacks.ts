import fc from 'fast-check'
import type { HostDeclaration } from '../../src/config/declaration.ts'
import { known } from '../../src/probe/fact.ts'
import type { BlockDevice, HostFacts, Mount, Swap } from '../../src/probe/facts.ts'
import { byPlace } from '../../src/probe/parse-config.ts'
import { declaration } from './declaration.ts'
import { blockDevice, drive, hostFacts, mountOf, type NamespaceSpec } from './facts.ts'
import { array, container, linked, volume } from './stacks.ts'

/** What to stack where: numbers that pick from what is there, so that any draw fits any host. */
export const arbitraryStacks = fc.array(
  fc.record({
    kind: fc.constantFrom('lvm', 'lvm', 'luks', 'md', 'part'),
    picks: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 3 }),
    use: fc.constantFrom('none', 'mount', 'mount', 'inner', 'swap'),
    group: fc.nat({ max: 2 }),
  }),
  { maxLength: 5 },
)

type Draw = typeof arbitraryStacks extends fc.Arbitrary<infer T> ? T : never

/** Something that is free to be built upon. */
type Base = { name: string; sizeBytes: number }

/**
 * The same host with stacks on blocks of its drives, of its other disk, and on each other, as Linux would show them:
 * only on what nobody has mounted or swaps on; with filesystems and swap on top, some inside others.
 */
export function withStacks(facts: HostFacts, draws: Draw, otherDisk = true): HostFacts {
  const taken = new Set([
    ...mountsOf(facts).map(({ majmin }) => majmin),
    ...swapsOf(facts).map(({ majmin }) => majmin),
  ])
  const blocks = facts.drives.flatMap(({ namespaces }) =>
    namespaces.flatMap(({ partitions, ...one }) =>
      partitions.length > 0 ? partitions.map(baseOf) : [baseOf(one)],
    ),
  )
  const free: Base[] = blocks.filter(({ majmin, holders }) => !taken.has(majmin) && holders.length === 0)
  if (otherDisk) free.push({ name: 'sdb', sizeBytes: 1 << 30 })
  const built: BlockDevice[] = [blockDevice({ name: 'sdb', majmin: '8:16' })]
  const mounts: Mount[] = []
  const swaps: Swap[] = []
  draws.forEach(({ kind, picks, use, group }, at) => {
    const under = [...new Set(picks)].flatMap((pick) => free.splice(pick % Math.max(free.length, 1), 1))
    const [first, ...others] = under
    if (first === undefined) return
    // A container lies on one device; what was picked too much is free again.
    if (kind === 'luks' || kind === 'part') free.push(...others)
    const slaves = (kind === 'luks' || kind === 'part' ? [first] : under).map(({ name }) => name)
    const made = build(kind, at, group, slaves)
    built.push(...made)
    const top = made.at(-1)
    if (top === undefined) return
    if (use === 'none') free.push(top)
    const dmName = top.dmName.state === 'known' ? `mapper/${top.dmName.value}` : top.name
    if (use === 'mount') mounts.push(mountOf(top.majmin, dmName, { mount: `/stack${at}` }))
    if (use === 'inner') mounts.push(mountOf(top.majmin, dmName, { mount: `/stack0/in${at}` }))
    if (use === 'swap')
      swaps.push({ path: `/dev/${top.name}`, type: 'partition', majmin: top.majmin, priority: at })
  })
  const crypttab = [0, 2, 4].map((at) => ({
    file: '/etc/crypttab',
    line: at + 1,
    text: `safe${at} UUID=1 /etc/keys/safe nofail${at === 2 ? ',luks,discard' : ''}`,
  }))
  return linked({
    ...facts,
    drives: facts.drives.map((drive) => ({
      ...drive,
      namespaces: drive.namespaces.map((one) => ({
        ...signed(one, built),
        partitions: one.partitions.map((part) => signed(part, built)),
      })),
    })),
    blockDevices: [...facts.blockDevices, ...built],
    mounts: facts.mounts.state === 'known' ? known([...facts.mounts.value, ...mounts]) : facts.mounts,
    swaps: facts.swaps.state === 'known' ? known([...facts.swaps.value, ...swaps]) : facts.swaps,
    configLines:
      facts.configLines.state === 'known'
        ? known([...facts.configLines.value, ...crypttab].toSorted(byPlace))
        : facts.configLines,
  })
}

const baseOf = ({ name, majmin, sizeBytes, holders }: Base & { majmin: string; holders: string[] }) => ({
  name,
  majmin,
  sizeBytes,
  holders,
})

function build(kind: Draw[number]['kind'], at: number, group: number, slaves: string[]): BlockDevice[] {
  switch (kind) {
    case 'lvm':
      return [volume(20 + at, `vg${group}-lv${at}`, slaves)]
    case 'luks':
      return [container(20 + at, `safe${at}`, slaves[0] ?? '')]
    case 'md':
      return [array(100 + at, slaves, at === 3 ? { degraded: 1 } : {})]
    case 'part': {
      const disk = array(100 + at, slaves)
      return [disk, blockDevice({ name: `${disk.name}p1`, majmin: `259:${500 + at}`, slaves: [disk.name] })]
    }
  }
}

/** A member has the signature of what it is a member of. */
function signed<
  B extends { name: string; signatures: HostFacts['drives'][number]['namespaces'][number]['signatures'] },
>(block: B, built: BlockDevice[]): B {
  const on = built.find(({ slaves }) => slaves.includes(block.name))
  if (on === undefined || block.signatures.state !== 'known') return block
  const uuid = on.dmUuid.state === 'known' ? on.dmUuid.value : ''
  const type = uuid.startsWith('LVM') ? 'LVM2_member' : uuid === '' ? 'linux_raid_member' : 'crypto_LUKS'
  return { ...block, signatures: known([{ type, offset: '0x0' }]) }
}

const mountsOf = ({ mounts }: HostFacts) => (mounts.state === 'known' ? mounts.value : [])
const swapsOf = ({ swaps }: HostFacts) => (swaps.state === 'known' ? swaps.value : [])

/**
 * Hosts in good order with stacks over their drives, nearly all of which may be released: cases in which most stacks
 * are closed. On hosts with other troubles stacks are mostly left alone.
 */
export function arbitraryStackedCase(): fc.Arbitrary<{ facts: HostFacts; declaration: HostDeclaration }> {
  const layout = fc.constantFrom<NamespaceSpec[]>(
    [{}],
    [{}],
    [{ holds: ['gpt'], partitions: [{}, {}] }],
    [{}, { nsid: 2 }],
  )
  const drives = fc.array(fc.record({ layout, stays: fc.nat({ max: 9 }) }), { minLength: 1, maxLength: 3 })
  return fc.tuple(drives, arbitraryStacks, fc.nat({ max: 12 })).map(([drawn, draws, otherDisk]) => {
    const specs = drawn.map(({ layout: namespaces }, at) =>
      drive({ bdf: `0000:${5 + at}e:00.0`, namespaces }),
    )
    const facts = withStacks(hostFacts({ drives: specs }), draws, otherDisk === 0)
    const spdk = specs.flatMap(({ bdf }, at) => (drawn[at]?.stays === 0 ? [] : [bdf]))
    return { facts, declaration: declaration({ spdk, inUse: 'release' }) }
  })
}

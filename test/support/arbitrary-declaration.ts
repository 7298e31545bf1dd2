import fc, { type GeneratorValue } from 'fast-check'
import type {
  DeviceClaim,
  DriverChoice,
  HostDeclaration,
  HugepageDeclaration,
} from '../../src/config/declaration.ts'
import { identityOf } from '../../src/plan/identity.ts'
import type { Drive, HostFacts } from '../../src/probe/facts.ts'
import { declaration, matching } from './declaration.ts'

/**
 * What somebody may declare of this very host: some of its drives for SPDK, some for the kernel, many not at all; by
 * address, with the right or a wrong serial, by `match`; now and then an address that no drive has.
 */
export function arbitraryDeclaration(facts: HostFacts): fc.Arbitrary<HostDeclaration> {
  return fc.gen().map((g) => drawDeclaration(g, facts))
}

/** A host with what is declared of it. */
export function arbitraryCase(
  hosts: fc.Arbitrary<HostFacts>,
): fc.Arbitrary<{ facts: HostFacts; declaration: HostDeclaration }> {
  return hosts.chain((facts) =>
    arbitraryDeclaration(facts).map((declared) => ({ facts, declaration: declared })),
  )
}

/** How a drive may be declared; what stands often is what people do often. */
const fates = ['none', 'none', 'spdk', 'spdk', 'spdk', 'kernel'] as const

function drawDeclaration(g: GeneratorValue, facts: HostFacts): HostDeclaration {
  const spdk: DeviceClaim[] = []
  const kernel: DeviceClaim[] = []
  for (const drive of facts.drives) {
    const fate = g(() => fc.constantFrom(...fates))
    if (fate === 'spdk') spdk.push(drawClaim(g, drive))
    if (fate === 'kernel') kernel.push(drawClaim(g, drive))
  }
  if (seldom(g)) spdk.push(drawMatch(g))
  if (seldom(g)) kernel.push(drawMatch(g))
  const [other] = facts.functions
  if (other !== undefined && seldom(g)) spdk.push({ by: 'bdf', bdf: other.bdf, serial: null })
  return declaration({
    spdk,
    kernel,
    driver: drawDriver(g),
    persist: g(fc.boolean),
    inUse: g(() => fc.constantFrom('refuse', 'release', 'release')),
    hugepages: drawHugepages(g, facts),
    owner: g(() =>
      fc.constantFrom(null, null, { user: 'spdk', group: null }, { user: 'spdk', group: 'root' }),
    ),
  })
}

const seldom = (g: GeneratorValue) => g(fc.nat, { max: 15 }) === 0

function drawClaim(g: GeneratorValue, drive: Drive): DeviceClaim {
  const identity = identityOf(drive)
  const right = identity.by === 'nothing' ? null : identity.serial
  return {
    by: 'bdf',
    bdf: drive.bdf,
    serial: seldom(g) ? 'ANOTHER' : g(() => fc.constantFrom(null, right)),
  }
}

function drawMatch(g: GeneratorValue): DeviceClaim {
  return matching({
    numa: g(() => fc.constantFrom(null, 0, 1)),
    minSizeBytes: g(() => fc.constantFrom(null, 2 ** 41)),
    count: g(() => fc.constantFrom(null, 1, 2)),
  })
}

function drawDriver(g: GeneratorValue): DriverChoice {
  const choices: DriverChoice[] = ['auto', 'auto', 'auto', 'auto', 'vfio-pci', 'uio_pci_generic']
  return g(() => fc.constantFrom(...choices))
}

/** One total for each size, or some of its nodes. */
function drawHugepages(g: GeneratorValue, facts: HostFacts): HugepageDeclaration[] {
  const pools = facts.hugepages.state === 'known' ? facts.hugepages.value : []
  const sizes = [...new Set(pools.map(({ sizeKiB }) => sizeKiB))]
  if (g(fc.boolean)) return []
  return g(() => fc.subarray(sizes)).flatMap((sizeKiB): HugepageDeclaration[] => {
    const count = () => g(fc.nat, { max: sizeKiB === 2048 ? 8192 : 24 })
    if (g(fc.boolean)) return [{ sizeKiB, node: null, count: count() }]
    const nodes = pools.filter((pool) => pool.sizeKiB === sizeKiB).map(({ node }) => node ?? 0)
    return g(() => fc.subarray(nodes)).map((node) => ({ sizeKiB, node, count: count() }))
  })
}

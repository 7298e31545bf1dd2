import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { HugepageDeclaration } from '../../src/config/declaration.ts'
import { poolName } from '../../src/plan/hugepage-name.ts'
import { planPools } from '../../src/plan/pools.ts'
import { absent, known, unreadable } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { GiB, type HostSpec, hostFacts } from '../support/facts.ts'

type Node = number | null
const M2 = (count: number, node: Node = null): HugepageDeclaration => ({ sizeKiB: 2048, node, count })
const G1 = (count: number, node: Node = null): HugepageDeclaration => ({ sizeKiB: GiB, node, count })
const memory = (...free: number[]): Partial<HostFacts> => ({
  numaNodes: free.map((GiBs, id) => ({ id, memTotalKiB: 64 * GiB, memFreeKiB: GiBs * GiB })),
})
const flat = (total: number, free = total): Partial<HostFacts> => ({
  numaNodes: [],
  hugepages: known([{ sizeKiB: 2048, node: null, total, free }]),
})

interface Case {
  it: string
  has?: HostSpec['hugepages']
  facts?: Partial<HostFacts>
  declared: HugepageDeclaration[]
  changes?: string[]
  says?: string[]
}

const cases: Case[] = [
  { it: 'nothing declared, nothing touched', has: { 'node0/2M': 5 }, declared: [] },
  { it: 'as declared', has: { 'node0/2M': 5 }, declared: [M2(5, 0)] },
  { it: 'one node', declared: [M2(5, 1)], changes: ['node1/2M 0→5'] },
  { it: 'a total is spread evenly', declared: [M2(9)], changes: ['node0/2M 0→5', 'node1/2M 0→4'] },
  {
    it: 'a total levels what is there',
    has: { 'node0/2M': 6, 'node1/2M': 1 },
    declared: [M2(10)],
    changes: ['node1/2M 1→4'],
  },
  {
    it: 'a total that is there already is left as it is spread',
    has: { 'node0/2M': 6, 'node1/2M': 1 },
    declared: [M2(7)],
  },
  {
    it: 'a total shrinks where most is',
    has: { 'node0/2M': 8, 'node1/2M': 2 },
    declared: [M2(4)],
    changes: ['node0/2M 8→2'],
  },
  {
    it: 'pages in use stay where they are',
    has: { 'node0/2M': [8, 1], 'node1/2M': 8 },
    declared: [M2(9)],
    changes: ['node0/2M 8→7', 'node1/2M 8→2'],
  },
  {
    it: 'a node without free memory gets none as long as another has some',
    facts: memory(0, 48),
    declared: [M2(100)],
    changes: ['node1/2M 0→100'],
  },
  {
    it: 'beyond what is free, the kernel may make more free',
    facts: memory(0, 1),
    declared: [G1(3)],
    changes: ['node0/1G 0→2', 'node1/1G 0→1'],
  },
  { it: 'to nothing', has: { 'node0/2M': 8 }, declared: [M2(0)], changes: ['node0/2M 8→0'] },
  {
    it: 'below what is in use',
    has: { 'node0/2M': [8, 1] },
    declared: [M2(6, 0)],
    says: ['HUGEPAGES_IN_USE'],
  },
  { it: 'more than there is memory', declared: [G1(65, 0)], says: ['HUGEPAGES_TOO_MANY'] },
  { it: 'more in total than there is memory', declared: [G1(129)], says: ['HUGEPAGES_TOO_MANY'] },
  {
    it: 'each size would fit, both do not',
    declared: [G1(40, 0), M2(20_480, 0)],
    changes: ['node0/1G 0→40'],
    says: ['HUGEPAGES_TOO_MANY'],
  },
  {
    it: 'one size gives its memory to the other, in whatever order they are declared',
    has: { 'node0/1G': 40 },
    declared: [M2(20_480, 0), G1(0, 0)],
    changes: ['node0/2M 0→20480', 'node0/1G 40→0'],
  },
  {
    it: 'memory that one size gives back is free for the other',
    has: { 'node0/1G': 40 },
    facts: memory(0, 8),
    declared: [G1(0), M2(100)],
    changes: ['node0/1G 40→0', 'node0/2M 0→50', 'node1/2M 0→50'],
  },
  {
    it: 'an unknown size',
    declared: [{ sizeKiB: 64, node: null, count: 1 }],
    says: ['HUGEPAGE_SIZE_MISSING'],
  },
  { it: 'an unknown node', declared: [M2(1, 7)], says: ['NUMA_NODE_MISSING'] },
  { it: 'a kernel without NUMA', facts: flat(1), declared: [M2(3)], changes: ['2M 1→3'] },
  {
    it: 'a kernel without NUMA, asked for node 0',
    facts: flat(1),
    declared: [M2(3, 0)],
    changes: ['2M 1→3'],
  },
  {
    it: 'a kernel without NUMA, asked for node 1',
    facts: flat(1),
    declared: [M2(3, 1)],
    says: ['NUMA_NODE_MISSING'],
  },
  {
    it: 'pools that cannot be read',
    facts: { hugepages: unreadable('no') },
    declared: [M2(1)],
    says: ['FACT_UNREADABLE'],
  },
  {
    it: 'a kernel without pools',
    facts: { hugepages: absent },
    declared: [M2(1)],
    says: ['FACT_UNREADABLE'],
  },
]

describe('hugepages', () => {
  for (const { it: name, has = {}, facts = {}, declared, changes = [], says = [] } of cases)
    it(name, () => {
      const planned = planPools(declared, hostFacts({ hugepages: has, facts }))
      assert.deepEqual(
        planned.changes.map((one) => `${poolName(one)} ${one.from}→${one.to}`),
        changes,
      )
      assert.deepEqual(
        planned.reasons.map(({ code }) => code),
        says,
      )
    })

  it('a total is met exactly, below no use and above no memory, or refused', () => {
    const pool = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 }))
    fc.assert(
      fc.property(pool, pool, fc.nat({ max: 160 }), fc.nat({ max: 64 }), (one, other, count, free) => {
        const has = { 'node0/1G': sum(one), 'node1/1G': sum(other) }
        const { changes, reasons } = planPools(
          [G1(count)],
          hostFacts({ hugepages: has, facts: memory(free, free) }),
        )
        if (reasons.length > 0) return assert.deepEqual(changes, [])
        const totals = [one, other].map(([spare, used], node) => {
          const to = changes.find((change) => change.node === node)?.to ?? spare + used
          assert.ok(to >= used && to <= 64, `node${node}: ${to}`)
          return to
        })
        assert.equal(
          totals.reduce((a, b) => a + b),
          count,
        )
      }),
      { numRuns: 500 },
    )
  })
})

/** Total and free of a pool of which `spare` are free and `used` are not. */
function sum([spare, used]: [number, number]): [number, number] {
  return [spare + used, spare]
}

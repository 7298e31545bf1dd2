import assert from 'node:assert/strict'
import { canonical } from '../../src/plan/canonical.ts'
import { known } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { configFiles } from '../support/config.ts'
import { blockDevice, drive, hostFacts } from '../support/facts.ts'

const card = (bdf: string) => ({
  bdf,
  class: '0x020000',
  ids: '8086:1572',
  driver: known('i40e'),
  iommuGroup: known(3),
})
const swap = (path: string) => ({ path, type: 'file', majmin: null, priority: -2 })

/** Every list in its order, two things in each. */
const host = hostFacts({
  drives: [
    drive({ namespaces: [{ partitions: [{}, { holds: ['ext4', 'xfs'] }], holders: ['dm-0', 'dm-1'] }, {}] }),
    drive({ bdf: '0000:5f:00.0' }),
  ],
  blockDevices: [blockDevice({ name: 'zram0', majmin: '252:0', slaves: ['a', 'b'], holders: ['c', 'd'] })],
  facts: {
    functions: [card('0000:01:00.0'), card('0000:01:00.1')],
    swaps: known([swap('/a'), swap('/b')]),
    btrfsMembers: known(['sdb', 'sdc']),
    ...configFiles({ '/etc/crypttab': 'a b', '/etc/fstab': 'c d e\nf g h' }),
  },
})

/** Everything the other way round, but for mounts. */
function backwards<T>(value: T, key = ''): T {
  if (Array.isArray(value) && key !== 'mounts') return value.toReversed().map((one) => backwards(one)) as T
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).map(([name, one]) => [
    name,
    name === 'mounts' ? one : backwards(one, name),
  ])
  return Object.fromEntries(entries) as T
}

describe('canonical facts', () => {
  const sorted: HostFacts = canonical(host)

  it('do not depend on the order in which a host lists things', () => {
    const reversed: HostFacts = { ...backwards(host), iommu: host.iommu }
    assert.notDeepEqual(reversed, host)
    assert.deepEqual(canonical(reversed), sorted)
  })

  it('hold the mounts as they were: later ones lie on earlier ones', () => {
    const mounts = known([...(host.mounts.state === 'known' ? host.mounts.value : [])].reverse())
    assert.deepEqual(canonical({ ...host, mounts }).mounts, mounts)
  })
})

import assert from 'node:assert/strict'
import { type Difference, differences, reliedOn, stateOf } from '../../src/plan/state.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { absent, known, unreadable } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { declaration } from '../support/declaration.ts'
import { drive, type HostSpec, hostFacts, mountOf } from '../support/facts.ts'
import { plan } from '../support/planning.ts'

const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const base: HostSpec = {
  drives: [
    drive({ group: 14, partitions: [{ mount: '/data' }, {}] }),
    drive({ bdf: b, group: 14, driver: 'vfio-pci' }),
  ],
  hugepages: { 'node0/2M': 64 },
}
const [one, other] = base.drives ?? []
const before = hostFacts(base)

const changed = (facts: HostFacts) => differences(stateOf(before), stateOf(facts)).map(text)
const text = ({ subject, expected, actual }: Difference) => `${subject}: ${expected} → ${actual}`
const withFirst = (spec: Parameters<typeof drive>[0]) =>
  hostFacts({ ...base, drives: [drive({ ...one, ...spec }), ...(other === undefined ? [] : [other])] })

const cases: { it: string; facts: HostFacts; differs: string[] }[] = [
  { it: 'nothing', facts: hostFacts(base), differs: [] },
  {
    it: 'kernel names and device numbers',
    facts: hostFacts({ ...base, drives: (base.drives ?? []).toReversed() }),
    differs: [],
  },
  {
    it: 'a page count',
    facts: hostFacts({ ...base, hugepages: { 'node0/2M': 65 } }),
    differs: ['hugepages node0/2M: 64 → 65'],
  },
  { it: 'free pages', facts: hostFacts({ ...base, hugepages: { 'node0/2M': [64, 3] } }), differs: [] },
  { it: 'a serial', facts: withFirst({ serial: 'NEW' }), differs: [`${a} serial: S-5e → NEW`] },
  {
    it: 'an override',
    facts: withFirst({ override: 'vfio-pci' }),
    differs: [`${a} driver_override: none → vfio-pci`],
  },
  { it: 'a group', facts: withFirst({ group: 15 }), differs: [`${a} iommu group: 14 → 15`] },
  {
    it: 'a mount that is gone',
    facts: withFirst({ partitions: [{}, {}] }),
    differs: [`${a} mounts: 1/1 /data → none`],
  },
  {
    it: 'a partition that is gone',
    facts: withFirst({ partitions: [{ mount: '/data' }] }),
    differs: [
      `${a} namespaces: ns1:3840755982336+p1:1073741824+p2:1073741824 → ns1:3840755982336+p1:1073741824`,
    ],
  },
  {
    it: 'a record',
    facts: withFirst({ handedOver: true, partitions: [{}, {}] }),
    differs: [
      `${a} mounts: 1/1 /data → none`,
      `${a} record: none → S-5e handed over by 20260101T000000Z-before`,
    ],
  },
  {
    it: 'the owner of a group',
    facts: { ...before, nodeOwners: { '/dev/vfio/14': 'spdk:spdk', '/dev/vfio/vfio': 'root:root' } },
    differs: ['/dev/vfio/14 owner: none → spdk:spdk'],
  },
  {
    it: 'a drive that is gone',
    facts: { ...before, drives: before.drives.filter(({ bdf }) => bdf === a) },
    differs: [
      `${b} driver: vfio-pci → none`,
      `${b} ids: 144d:a80a → none`,
      `${b} iommu group: 14 → none`,
      `${b} serial: absent → none`,
    ],
  },
  {
    it: 'a driver that cannot be read',
    facts: withFirst({ facts: { driver: unreadable('no') } }),
    differs: [`${a} driver: nvme → unreadable`],
  },
]

describe('what differs between two states', () => {
  for (const { it: name, facts, differs } of cases) it(name, () => assert.deepEqual(changed(facts), differs))

  it('a prediction that leaves a drive open fits whatever it turns out to be', () => {
    const blind = hostFacts({ drives: [drive({ driver: 'vfio-pci' })] })
    const predicted = predict(
      blind,
      plan(declaration({ kernel: [a] }), blind).steps.map(({ action }) => action),
    )
    const real = hostFacts({
      drives: [drive({ partitions: [{ mount: '/data' }] })],
      facts: { nodeOwners: {} },
    })
    assert.deepEqual(differences(stateOf(predicted), stateOf(real)), [])
    assert.ok(
      differences(stateOf(real), stateOf(predicted)).length > 0,
      'the other way round it is no answer',
    )
  })
})

const relied: { it: string; facts: HostFacts; subjects: string[] }[] = [
  {
    it: 'another drive that is no neighbour',
    facts: hostFacts({ ...base, drives: [...(base.drives ?? []), drive({ bdf: '0000:70:00.0' })] }),
    subjects: [],
  },
  {
    it: 'a pool that the plan does not change',
    facts: hostFacts({ ...base, hugepages: { 'node0/2M': 64, 'node1/2M': 1 } }),
    subjects: [],
  },
  {
    it: 'a pool that the plan changes',
    facts: hostFacts({ ...base, hugepages: { 'node0/2M': 65 } }),
    subjects: ['hugepages node0/2M'],
  },
  { it: 'another machine', facts: { ...before, machineId: known('other') }, subjects: ['machine'] },
  {
    it: 'a neighbour in the group',
    facts: hostFacts({ ...base, drives: [...(one ? [one] : []), drive({ ...other, driver: null })] }),
    subjects: [`${b} driver`],
  },
  {
    it: 'new data',
    facts: withFirst({ partitions: [{ mount: '/data' }, { holds: ['xfs'] }] }),
    subjects: [`${a} data`],
  },
  {
    it: 'contents that cannot be read any more',
    facts: withFirst({ partitions: [{ mount: '/data' }, { holds: absent }] }),
    subjects: [`${a} data`],
  },
  {
    it: 'a new holder',
    facts: withFirst({ partitions: [{ mount: '/data' }, { holders: ['dm-0'] }] }),
    subjects: [`${a} holders`],
  },
  {
    it: 'a new mount',
    facts: {
      ...before,
      mounts: known([
        ...(before.mounts.state === 'known' ? before.mounts.value : []),
        mountOf('259:2', 'nvme0n1p2', { mount: '/new' }),
      ]),
    },
    subjects: [`${a} mounts`],
  },
]

describe('what a plan relied on', () => {
  const ask = (facts: HostFacts) => reliedOn(facts, [a], ['node0/2M'])
  for (const { it: name, facts, subjects } of relied)
    it(`${subjects.length === 0 ? 'leaves out' : 'holds'} ${name}`, () =>
      assert.deepEqual(
        differences(ask(before), ask(facts)).map(({ subject }) => subject),
        subjects,
      ))
})

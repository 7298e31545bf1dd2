import assert from 'node:assert/strict'
import { planHost } from '../../src/plan/plan-host.ts'
import { factsSchema } from '../../src/probe/facts.ts'
import { parseFacts } from '../../src/probe/parse-facts.ts'
import { renderAnswer, renderFacts } from '../../src/probe/render-facts.ts'
import { Sheet } from '../../src/probe/sheet.ts'
import { WireReader } from '../../src/probe/wire.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { declaration, matching } from '../support/declaration.ts'

describe('a simulated storage node', () => {
  for (const drives of [0, 1, 6, 16]) {
    it(`with ${drives} drives is such as a probe could see`, () => {
      const facts = storageNode({ name: 'stor-01', drives })
      assert.deepEqual(factsSchema.parse(facts), facts)
      const sheet = new Sheet()
      const reader = new WireReader('n', (line) => sheet.add(line))
      reader.push(renderAnswer('n', renderFacts(facts)))
      assert.deepEqual(reader.end(), { kind: 'complete' })
      assert.deepEqual(parseFacts(sheet), facts)
    })
  }

  it('has two NUMA nodes with drives on both', () => {
    const nodes = storageNode({ name: 'stor-01' }).drives.map(({ numaNode }) => numaNode)
    assert.equal(new Set(nodes.map((node) => JSON.stringify(node))).size, 2)
  })

  it('can hand all its drives over but the one that the system runs from', () => {
    const plan = planHost({
      declaration: declaration({ spdk: [matching({})] }),
      facts: storageNode({ name: 'stor-01' }),
      stamp: { id: 'run-1', at: '2026-01-01T00:00:00.000Z' },
    })
    assert.equal(plan.outcome, 'changes')
    assert.deepEqual(
      plan.devices.map(({ bdf }) => bdf),
      dataAddresses(6),
    )
  })

  it('refuses to hand over a drive that is mounted, and the one that the system runs from', () => {
    const facts = storageNode({ name: 'stor-01', mounted: { '0000:5e:00.0': '/data' } })
    const plan = planHost({
      declaration: declaration({ spdk: ['0000:01:00.0', '0000:5e:00.0'] }),
      facts,
      stamp: { id: 'run-1', at: '2026-01-01T00:00:00.000Z' },
    })
    const codes = plan.devices.map(({ reasons }) => reasons.map(({ code }) => code))
    assert.deepEqual(codes, [['SYSTEM_DEVICE'], ['DEVICE_MOUNTED']])
  })

  it('is always the same under the same name, and never under two', () => {
    assert.deepEqual(storageNode({ name: 'stor-01' }), storageNode({ name: 'stor-01' }))
    const [one, other] = [storageNode({ name: 'stor-01' }), storageNode({ name: 'stor-02' })]
    assert.notDeepEqual(one.machineId, other.machineId)
    const serials = [one, other].flatMap(({ drives }) =>
      drives.map(({ controller }) => (controller.state === 'known' ? controller.value.serial : '')),
    )
    assert.equal(new Set(serials).size, serials.length)
  })
})

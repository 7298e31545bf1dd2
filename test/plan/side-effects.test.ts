import assert from 'node:assert/strict'
import { planHost } from '../../src/plan/plan-host.ts'
import { stateOf } from '../../src/plan/state.ts'
import { predict, undoAll } from '../../src/plan/steps/index.ts'
import { known } from '../../src/probe/fact.ts'
import { declaration } from '../support/declaration.ts'
import { drive, hostFacts } from '../support/facts.ts'
import { stamp } from '../support/planning.ts'

const [ours, other, kept] = ['0000:5e:00.0', '0000:5f:00.0', '0000:60:00.0']

describe('loading nvme for a drive that goes back', () => {
  const facts = hostFacts({
    drives: [
      drive({ bdf: ours, driver: 'vfio-pci', override: 'vfio-pci', handedOver: true }),
      drive({ bdf: other, driver: null }),
      drive({ bdf: kept, driver: null, override: 'none' }),
    ],
    facts: { nodeOwners: { '/dev/vfio/94': 'root:root' } },
  })
  const without = { ...facts, modules: { ...facts.modules, nvme: known('available' as const) } }
  const plan = planHost({ declaration: declaration({ kernel: [ours] }), facts: without, stamp })
  const actions = plan.steps.map(({ action }) => action)

  it('says which other drives the kernel takes then', () => {
    const [told] = plan.reasons
    assert.equal(told?.code, 'NVME_TAKES_OTHERS')
    assert.ok(told.message.includes(other))
    assert.ok(!told.message.includes(kept))
    assert.equal(plan.outcome, 'changes')
  })

  it('is predicted to take them, and to let them go when it is taken back', () => {
    const after = predict(without, actions)
    assert.deepEqual(
      after.drives.map(({ driver }) => driver),
      [known('nvme'), known('nvme'), { state: 'absent' }],
    )
    assert.deepEqual(stateOf(predict(after, undoAll(actions))), stateOf(without))
  })

  it('says nothing where nvme is loaded', () => {
    assert.deepEqual(planHost({ declaration: declaration({ kernel: [ours] }), facts, stamp }).reasons, [])
  })
})

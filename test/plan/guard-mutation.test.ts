import assert from 'node:assert/strict'
import { safetyDocIsCurrent } from '../../scripts/safety-doc.ts'
import { driveGuards } from '../../src/plan/guards/index.ts'
import { hostGuards } from '../../src/plan/host-guards.ts'
import { caughtOnlyBy } from '../support/mutation.ts'
import { expected, outcomeOf } from '../support/scenario.ts'
import { hostGuardScenarios } from './guards/host.ts'
import { guardScenarios } from './guards/index.ts'

/** Guards that never block by themselves: without them somebody is not warned. */
const onlyWarn = new Set(['persist', 'hugepages'])

describe('a planner with one guard left out', () => {
  it('every guard has scenarios', () => {
    assert.deepEqual(Object.keys(guardScenarios).sort(), Object.keys(driveGuards).sort())
    assert.deepEqual(Object.keys(hostGuardScenarios).sort(), Object.keys(hostGuards).sort())
  })

  for (const [left, scenarios] of Object.entries({ ...guardScenarios, ...hostGuardScenarios }))
    it(`lets something through without ${left}`, () => {
      const { through, silent } = caughtOnlyBy(left, scenarios)
      const missed = onlyWarn.has(left) ? silent : through
      assert.ok(missed.length > 0, `nothing tells that ${left} is gone: it is not tested, or not needed`)
    })

  for (const one of Object.values(hostGuardScenarios).flat())
    it(`with all of them says: ${one.it}`, () => {
      assert.deepEqual(outcomeOf(one).says, expected(one).says)
    })

  it('is told of in docs/safety.md, as it is now', () => {
    assert.ok(safetyDocIsCurrent(), 'npm run safety')
  })
})

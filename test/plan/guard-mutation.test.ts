import assert from 'node:assert/strict'
import { driveGuards } from '../../src/plan/guards/index.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { hostFacts } from '../support/facts.ts'
import { stamp } from '../support/planning.ts'
import type { Scenario } from '../support/scenario.ts'
import { guardScenarios } from './guards/index.ts'

/** Whether a host that must be refused would be let through. */
function letThrough({ declare, host }: Scenario, guards: typeof driveGuards): boolean {
  return planHost({ declaration: declare, facts: hostFacts(host), stamp, guards }).outcome !== 'blocked'
}

describe('a planner with one guard left out', () => {
  it('every guard has scenarios', () => {
    assert.deepEqual(Object.keys(guardScenarios).sort(), Object.keys(driveGuards).sort())
  })

  for (const left of Object.keys(driveGuards)) {
    it(`lets something through without ${left}`, () => {
      const { [left]: _out, ...others } = driveGuards
      const refused = (guardScenarios[left] ?? []).filter((one) => !letThrough(one, driveGuards))
      const through = refused.filter((one) => letThrough(one, others))
      assert.ok(through.length > 0, `nothing tells that ${left} is gone: it is not tested, or not needed`)
    })
  }
})

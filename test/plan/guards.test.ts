import assert from 'node:assert/strict'
import { expected, outcomeOf } from '../support/scenario.ts'
import { guardScenarios } from './guards/index.ts'

for (const [guard, scenarios] of Object.entries(guardScenarios))
  describe(`guard ${guard}`, () => {
    for (const scenario of scenarios)
      it(scenario.it, () => assert.deepEqual(outcomeOf(scenario), expected(scenario)))
  })

import { deepStrictEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { factsSchema } from '../../src/probe/facts.ts'
import { parseFacts } from '../../src/probe/parse-facts.ts'
import { renderAnswer, renderFacts } from '../../src/probe/render-facts.ts'
import { Sheet } from '../../src/probe/sheet.ts'
import { WireReader } from '../../src/probe/wire.ts'
import { arbitraryFacts } from '../support/arbitrary-facts.ts'

describe('facts on the wire', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(arbitraryFacts(), fc.integer({ min: 1, max: 5000 }), (facts, chunkBytes) => {
        const sheet = new Sheet()
        const reader = new WireReader('n1', (line) => sheet.add(line))
        const answer = renderAnswer('n1', renderFacts(facts))
        for (let at = 0; at < answer.length; at += chunkBytes)
          reader.push(answer.subarray(at, at + chunkBytes))
        deepStrictEqual(reader.end(), { kind: 'complete' })
        deepStrictEqual(parseFacts(sheet), facts)
      }),
    )
  })

  it('are of the shape that facts.ts declares', () => {
    fc.assert(fc.property(arbitraryFacts(), (facts) => ok(factsSchema.safeParse(facts).success)))
  })
})

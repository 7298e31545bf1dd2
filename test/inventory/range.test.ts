import assert from 'node:assert/strict'
import fc from 'fast-check'
import { expandRange } from '../../src/inventory/range.ts'

const expansions: Record<string, string[]> = {
  'stor-01': ['stor-01'],
  'stor-[08:11]': ['stor-08', 'stor-09', 'stor-10', 'stor-11'],
  'stor-[8:11]': ['stor-8', 'stor-9', 'stor-10', 'stor-11'],
  'stor-[1:9:4].example.com': ['stor-1.example.com', 'stor-5.example.com', 'stor-9.example.com'],
  'rack-[a:c]': ['rack-a', 'rack-b', 'rack-c'],
  'R[A:B]n[0:1]': ['RAn0', 'RAn1', 'RBn0', 'RBn1'],
  'x[007:007]': ['x007'],
}

const refusals: Record<string, RegExp> = {
  'stor-[20:01]': /runs backwards/,
  'stor-[01:100]': /differ in width/,
  'stor-[1-20]': /is not a range/,
  'stor-[]': /is not a range/,
  'stor-[a:D]': /is not a range/,
  'stor-[1:9:0]': /step/,
  'stor-[1:9': /\[ without a \]/,
  'stor-1:9]': /\] without a \[/,
  'stor-[1:9]]': /\] without a \[/,
  'stor-[1:999999999]': /more than/,
  'a[1:999]b[1:999]': /more than/,
}

describe('inventory/range', () => {
  for (const [pattern, names] of Object.entries(expansions)) {
    it(`${pattern} is ${names.join(' ')}`, () => assert.deepEqual(expandRange(pattern), { ok: true, names }))
  }

  for (const [pattern, why] of Object.entries(refusals)) {
    it(`${pattern} is refused`, () => {
      const result = expandRange(pattern)
      assert.match(result.ok ? `expanded to ${result.names}` : result.why, why)
    })
  }

  it('suggests ends of equal width', () => {
    const result = expandRange('stor-[01:100]')
    assert.equal(result.ok ? '' : result.suggestion, 'write [001:100]')
  })

  it('names each number between the ends once, padded alike', () => {
    const ends = fc.tuple(fc.nat(999), fc.nat(200), fc.integer({ min: 1, max: 9 }))
    fc.assert(
      fc.property(ends, ([from, more, step]) => {
        const [low, high] = [from, from + more].map((n) => String(n).padStart(5, '0'))
        const result = expandRange(`n[${low}:${high}:${step}]`)
        assert.ok(result.ok)
        assert.equal(result.names.length, Math.floor(more / step) + 1)
        result.names.forEach((name, index) => {
          assert.equal(name, `n${String(from + index * step).padStart(5, '0')}`)
        })
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a1[]:0zA-') }), (text) => void expandRange(text)),
    )
  })
})

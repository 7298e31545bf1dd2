import assert from 'node:assert/strict'
import fc from 'fast-check'
import { bdfPattern, parseBdf } from '../../src/config/bdf.ts'

const spellings: Record<string, string> = {
  '0000:5e:00.0': '0000:5e:00.0',
  '5E:00.0': '0000:5e:00.0',
  '00:1f.7': '0000:00:1f.7',
  '0001:AF:00.1': '0001:af:00.1',
  '10000:01:00.0': '10000:01:00.0',
  '5D0505:01:00.0': '5d0505:01:00.0',
  '00000:5e:00.0': '0000:5e:00.0',
}

const refusals: Record<string, RegExp> = {
  '': /looks like/,
  '5e': /looks like/,
  nvme0n1: /looks like/,
  '5g:00.0': /looks like/,
  '0000:5e:00.0 ': /looks like/,
  '0000-5e-00.0': /looks like/,
  '0000:0000:5e:00.0': /looks like/,
  '5e:20.0': /device `20` is above 1f/,
  '5e:00.8': /function `8`/,
  '5e:00.00': /function `00`/,
  '5e:0.0': /device `0` must have 2/,
  'e:00.0': /bus `e` must have 2/,
  '000:5e:00.0': /domain `000`/,
  '1000000:5e:00.0': /domain `1000000`/,
  '5E:00': /function after the dot is missing/,
}

const hex = (max: number, digits: number) => fc.nat(max).map((n) => n.toString(16).padStart(digits, '0'))
const domain = fc.option(hex(0xffffff, 4), { nil: undefined })
const parts = fc.tuple(domain, hex(0xff, 2), hex(0x1f, 2), hex(7, 1))
const valid = parts.map(([d, b, s, f]) => `${d === undefined ? '' : `${d}:`}${b}:${s}.${f}`)

describe('config/bdf', () => {
  for (const [text, bdf] of Object.entries(spellings)) {
    it(`${text} is ${bdf}`, () => assert.deepEqual(parseBdf(text), { ok: true, bdf }))
  }

  for (const [text, why] of Object.entries(refusals)) {
    it(`\`${text}\` is refused`, () => {
      const result = parseBdf(text)
      assert.match(result.ok ? `accepted as ${result.bdf}` : result.why, why)
    })
  }

  it('suggests the function that is missing', () => {
    const result = parseBdf('5E:00')
    assert.equal(result.ok ? '' : result.suggestion, 'write "0000:5e:00.0"')
  })

  it('has one spelling for each address, which is its own', () => {
    fc.assert(
      fc.property(valid, (text) => {
        const lower = parseBdf(text)
        assert.ok(lower.ok)
        assert.deepEqual(parseBdf(text.toUpperCase()), lower)
        assert.deepEqual(parseBdf(lower.bdf), lower)
        assert.match(lower.bdf, /^[0-9a-f]{4,6}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/)
      }),
    )
  })

  it('agrees with the pattern that editors check', () => {
    const near = fc.oneof(valid, fc.string({ unit: fc.constantFrom(...'0125eEfFg:.'), maxLength: 14 }))
    fc.assert(fc.property(near, (text) => assert.equal(parseBdf(text).ok, new RegExp(bdfPattern).test(text))))
  })
})

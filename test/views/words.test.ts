import assert from 'node:assert/strict'
import fc from 'fast-check'
import { expandRange } from '../../src/inventory/range.ts'
import { foldNames } from '../../src/views/host-names.ts'
import { byteSize, count, duration, list } from '../../src/views/words.ts'

const said: [string, string][] = [
  [count(1, 'host'), '1 host'],
  [count(0, 'host'), '0 hosts'],
  [byteSize(0), '0 B'],
  [byteSize(3_840_755_982_336), '3.84 TB'],
  [byteSize(999_999_999_999), '1 TB'],
  [byteSize(512_110_190_592), '512 GB'],
  [duration(999), '0 s'],
  [duration(125_000), '2 min 5 s'],
  [duration(3_840_000), '1 h 4 min'],
  [list(['a', 'b', 'c']), 'a, b and c'],
]

describe('words', () => {
  for (const [text, expected] of said)
    it(expected, () => {
      assert.equal(text, expected)
    })
})

const folds: [names: string, folded: string][] = [
  ['a b c', 'a b c'],
  ['stor-1 stor-2', 'stor-1 stor-2'],
  ['stor-1 stor-2 stor-3', 'stor-[1:3]'],
  ['stor-08 stor-09 stor-10 stor-11', 'stor-[08:11]'],
  ['stor-9 stor-10 stor-11', 'stor-[9:11]'],
  ['n1.dc1 n2.dc1 n3.dc1 n3.dc2', 'n[1:3].dc1 n3.dc2'],
  ['stor-01 stor-02 stor-03 stor-07 stor-08 stor-09', 'stor-[01:03] stor-[07:09]'],
  ['s-98 s-99 s-100 s-99', 's-[98:100] s-99'],
  ['s-098 s-099 s-0100', 's-098 s-099 s-0100'],
]

describe('foldNames', () => {
  for (const [names, folded] of folds)
    it(`${names} → ${folded}`, () => {
      assert.deepEqual(foldNames(names.split(' ')), folded.split(' '))
    })

  it('expands to the same names in the same order, as the hosts file would', () => {
    const name = fc
      .tuple(
        fc.constantFrom('stor-', 'n', 'a1-'),
        fc.integer({ min: 0, max: 30 }),
        fc.constantFrom('', '.dc1'),
      )
      .chain(([head, n, tail]) =>
        fc.constantFrom(`${head}${n}${tail}`, `${head}${String(n).padStart(3, '0')}${tail}`),
      )
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 60 }), fc.boolean(), (names, sorted) => {
        const given = sorted ? names.toSorted() : names
        const again = foldNames(given).flatMap((word) => {
          const expanded = expandRange(word)
          return expanded.ok ? expanded.names : []
        })
        assert.deepEqual(again, given)
      }),
    )
  })
})

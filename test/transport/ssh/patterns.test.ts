import { equal } from 'node:assert/strict'
import fc from 'fast-check'
import { matchesPattern, matchesPatternList } from '../../../src/transport/ssh/patterns.ts'

describe('patterns of ssh_config and known_hosts', () => {
  it('agree with the regular expression of the same meaning', () => {
    const letters = (from: string) => fc.string({ unit: fc.constantFrom(...from), maxLength: 8 })
    fc.assert(
      fc.property(letters('ab*?'), letters('ab'), (pattern, text) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
        equal(matchesPattern(pattern, text), same.test(text))
      }),
    )
  })

  it('answer soon, however many stars there are', () => {
    equal(matchesPattern(`${'*a'.repeat(50)}b`, 'a'.repeat(5000)), false)
  })

  const lists: [string[], string, boolean][] = [
    [['a', 'b'], 'b', true],
    [['*', '!b'], 'b', false],
    [['!b', '*'], 'b', false],
    [['!b'], 'c', false],
    [['*.lab', '!x*'], 'y.lab', true],
    [[], 'a', false],
  ]
  for (const [patterns, text, expected] of lists) {
    it(`${patterns.join(',')} ${expected ? 'has' : 'has not'} ${text}`, () =>
      equal(matchesPatternList(patterns, text), expected))
  }
})

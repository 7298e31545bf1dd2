import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict'
import fc from 'fast-check'
import { shQuote, shUnquote } from '../../src/agent/quote.ts'
import { decodeBytes, encodeBytes } from '../../src/probe/bytes.ts'
import { isInstalled, runScript, shells } from '../support/run-sh.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((drawn) => Buffer.from(drawn.filter((byte) => byte !== 0)))
const tricky = fc
  .array(fc.constantFrom("'", "''", '\\', '\n', '$(id)', '`id`', '"', '!', '\t', ' ', '\r', '~', '*', '-n'), {
    maxLength: 8,
  })
  .map((parts) => Buffer.from(parts.join('')))
const word = fc.oneof(bytes, tricky).map(decodeBytes)

describe('shQuote', () => {
  it('is undone by shUnquote', () => {
    fc.assert(fc.property(word, (text) => strictEqual(shUnquote(shQuote(text)), text)))
  })

  it('refuses NUL', () => throws(() => shQuote('a\0b'), TypeError))

  for (const shell of shells) {
    it(`is read back byte for byte by ${shell.join(' ')}`, function () {
      if (!isInstalled(shell)) this.skip()
      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 50 }), (words) => {
          const script = encodeBytes(`LC_ALL=C\nprintf '%s\\0' ${words.map(shQuote).join(' ')}\n`)
          const { stdout } = runScript(shell, script)
          deepStrictEqual(
            stdout.toString('latin1').split('\0').slice(0, -1),
            words.map((w) => encodeBytes(w).toString('latin1')),
          )
        }),
        { numRuns: 20 },
      )
    })
  }
})

describe('shUnquote', () => {
  for (const text of ['', 'plain', "'open", `'a'b'`, `'a'"b"`, `'a' 'b'`, `"a"`, "'a\0'"]) {
    it(`refuses ${JSON.stringify(text)}`, () => strictEqual(shUnquote(text), undefined))
  }
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decodeBytes } from '../../src/probe/bytes.ts'
import { printable } from '../../src/views/printable.ts'
import { hostPath } from '../support/arbitrary-text.ts'

const cases: [what: string, text: string, shown: string][] = [
  ['escape sequences', '\u001b[2Jgone', '\\x1b[2Jgone'],
  ['line ends and tabs', 'a\nb\r\tc', 'a\\x0ab\\x0d\\x09c'],
  ['NUL and DEL', '\0\u007f', '\\x00\\x7f'],
  ['C1 controls, which some terminals obey', '\u009b31m\u0085', '\\u{9b}31m\\u{85}'],
  ['bidi overrides and isolates', 'a\u202eb\u2066c\u200f', 'a\\u{202e}b\\u{2066}c\\u{200f}'],
  ['zero width characters', 'ad\u200bmin\ufeff', 'ad\\u{200b}min\\u{feff}'],
  ['tags', '\u{e0041}', '\\u{e0041}'],
  ['line and paragraph separators', '\u2028\u2029', '\\u{2028}\\u{2029}'],
  ['bytes that were not UTF-8', decodeBytes(Uint8Array.of(0x61, 0xff, 0x80)), 'a\\xff\\x80'],
  ['other lone surrogates', '\ud800x', '\\u{d800}x'],
  ['text of any script', 'Ünïcode 磁盘 диск 💾 a b', 'Ünïcode 磁盘 диск 💾 a b'],
]

describe('printable', () => {
  for (const [what, text, shown] of cases)
    it(`shows ${what}`, () => {
      assert.equal(printable(text), shown)
    })

  it('leaves nothing that a terminal would obey, whatever a host says', () => {
    fc.assert(
      fc.property(fc.oneof(hostPath, fc.string({ unit: 'binary' })), (text) => {
        assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
})

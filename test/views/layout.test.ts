import assert from 'node:assert/strict'
import fc from 'fast-check'
import { paintOf } from '../../src/views/layout/page.ts'
import { table } from '../../src/views/layout/table.ts'
import { cut, widthOf } from '../../src/views/layout/width.ts'
import { wrap } from '../../src/views/layout/wrap.ts'

describe('wrap', () => {
  it('breaks at blanks and hangs the rest under the lead', () => {
    assert.deepEqual(wrap('one two three four', { width: 14, indent: 2, lead: '→ ' }), [
      '  → one two',
      '    three four',
    ])
  })

  it('never breaks a command', () => {
    const lines = wrap('first run `umount /mnt/my data` then look', { width: 20 })
    assert.deepEqual(lines, ['first run', '`umount /mnt/my data`', 'then look'])
  })

  it('takes a lone backtick for a character', () => {
    assert.deepEqual(wrap('a ` b c', { width: 3 }), ['a `', 'b c'])
  })

  it('keeps several blanks in a row, which a path may hold', () => {
    assert.deepEqual(wrap('at /mnt/a  b now', { width: 80 }), ['at /mnt/a  b now'])
  })

  it('counts columns, not characters', () => {
    assert.deepEqual(wrap('磁盘 磁盘 磁盘', { width: 9 }), ['磁盘 磁盘', '磁盘'])
  })

  it('loses no word and overflows only where one word is too long', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1 })
    fc.assert(
      fc.property(words, fc.integer({ min: 5, max: 60 }), (given, width) => {
        const lines = wrap(given.join(' '), { width })
        assert.deepEqual(lines.join(' ').split(' '), given)
        for (const line of lines) assert.ok(line.length <= width || !line.includes(' '), line)
      }),
    )
  })
})

describe('cut', () => {
  it('marks what is missing and never exceeds the width', () => {
    assert.equal(cut('abcdef', 4), 'abc…')
    assert.equal(cut('abcd', 4), 'abcd')
    assert.equal(cut('磁盘磁盘', 4), '磁…')
  })
})

describe('table', () => {
  it('aligns columns by their display width and colours only the text', () => {
    const { red } = paintOf(true)
    const lines = table(
      [
        ['磁盘', '1'],
        [{ text: 'a', paint: red }, '1000'],
      ],
      [{ head: 'name' }, { head: 'n', align: 'right' }],
      { width: 80, indent: 1 },
    )
    assert.deepEqual(lines, [' name     n', ' 磁盘     1', ` ${red('a')}     1000`])
  })

  it('cuts only the columns that allow it, down to their minimum', () => {
    const rows = [['S64HNE0R400001', 'SAMSUNG MZQL23T8HCLS-00A07']]
    const columns = [{}, { min: 8 }]
    assert.deepEqual(table(rows, columns, { width: 30 }), ['S64HNE0R400001  SAMSUNG MZQL2…'])
    assert.equal(widthOf(table(rows, columns, { width: 10 })[0] ?? ''), 24)
  })
})

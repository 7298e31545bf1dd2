import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict'
import fc from 'fast-check'
import { decodeBytes } from '../../src/probe/bytes.ts'
import { mergeOptions, parseMountinfo } from '../../src/probe/mountinfo.ts'
import { escapeOctal, unescapeOctal } from '../../src/probe/octal.ts'
import { hostPath } from '../support/arbitrary-text.ts'

describe('a line of mountinfo', () => {
  const cases: [name: string, line: string, target: string, options: string][] = [
    ['without tags', '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard', '/', 'rw,relatime,discard'],
    ['with several tags', '27 1 254:0 / /d rw shared:1 master:2 - xfs /dev/vda rw,attr2', '/d', 'rw,attr2'],
    [
      'with spaces, tabs, newlines and backslashes',
      '1 1 8:1 / /a\\040b\\011c\\012d\\134e rw - ext4 x rw',
      '/a b\tc\nd\\e',
      'rw',
    ],
    ['with a target called -', '1 1 8:1 / - rw - ext4 /dev/sda1 rw', '-', 'rw'],
    ['with an escaped part of a character', '1 1 8:1 / /\\303\\251 rw - ext4 x rw', '/é', 'rw'],
    ['with a source of nothing', '1 1 0:5 / /m rw - tmpfs  rw,size=4k', '/m', 'rw,size=4k'],
    ['without superblock options', '1 1 0:5 / /m rw - fuse none', '/m', 'rw'],
  ]
  for (const [name, line, target, options] of cases) {
    it(`${name}`, () => {
      const mount = parseMountinfo(line)
      deepStrictEqual([mount.target, mount.options], [target, options])
    })
  }

  it('keeps bytes that are not UTF-8', () => {
    const line = decodeBytes(Buffer.from('1 1 8:1 / /caf\xe9 rw - ext4 x rw', 'latin1'))
    strictEqual(parseMountinfo(line).target, '/caf\udce9')
  })

  for (const line of [
    '',
    '1 1 8:1 / /d rw ext4 x rw',
    '1 1 8:1 / /d rw -',
    '1 1 eight:1 / /d rw - ext4 x rw',
    '1 1 8:1 / /d rw - ext4',
  ]) {
    it(`is refused: ${JSON.stringify(line)}`, () =>
      throws(() => parseMountinfo(line), { code: 'PROBE_MALFORMED' }))
  }
})

describe('mergeOptions', () => {
  const cases: [perMount: string, superblock: string, merged: string][] = [
    ['rw,noatime', 'rw,errors=continue', 'rw,noatime,errors=continue'],
    ['ro,nosuid', 'rw,data=ordered', 'ro,nosuid,data=ordered'],
    ['rw', 'ro', 'ro'],
    ['rw,relatime', 'rw,seclabel,attr2,inode64', 'rw,relatime,attr2,inode64'],
    ['rw', '', 'rw'],
  ]
  for (const [perMount, superblock, merged] of cases) {
    it(`${perMount} + ${superblock} = ${merged}`, () =>
      strictEqual(mergeOptions(perMount, superblock), merged))
  }
})

describe('octal escapes', () => {
  it('come back as they were', () => {
    fc.assert(fc.property(hostPath, (text) => strictEqual(unescapeOctal(escapeOctal(text)), text)))
  })

  it('leaves alone what is none', () => strictEqual(unescapeOctal('a\\9b\\400c\\04'), 'a\\9b\\400c\\04'))
})

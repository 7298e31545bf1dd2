import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  driveSizePattern,
  pageSizePattern,
  parseDriveSize,
  parsePageSize,
  renderPageSize,
} from '../../src/config/size.ts'

const driveSizes: Record<string, number | null> = {
  '3T': 3e12,
  '3.84TB': 3.84e12,
  '3.84tb': 3.84e12,
  '512G': 512e9,
  '1TiB': 2 ** 40,
  '1.5GiB': 1.5 * 2 ** 30,
  '1024KiB': 2 ** 20,
  '2Ti': 2 ** 41,
  '3840755982336B': 3840755982336,
  '3': null,
  '': null,
  T: null,
  '-3T': null,
  '3 T': null,
  '3X': null,
  '1e3G': null,
  '.5T': null,
  '99999P': null,
}

const pageSizes: Record<string, number | null> = {
  '2M': 2048,
  '2MiB': 2048,
  '2MB': 2048,
  '2048kB': 2048,
  '2048K': 2048,
  '1G': 1048576,
  '64K': 64,
  '512M': 524288,
  '16G': 16777216,
  '3M': null,
  '0M': null,
  '4K': null,
  '2': null,
  '1T': null,
  '2.0M': null,
}

describe('config/size', () => {
  for (const [text, bytes] of Object.entries(driveSizes)) {
    it(`a drive of \`${text}\` has ${bytes} bytes`, () => assert.equal(parseDriveSize(text), bytes))
  }

  for (const [text, kib] of Object.entries(pageSizes)) {
    it(`a page of \`${text}\` has ${kib} KiB`, () => assert.equal(parsePageSize(text), kib))
  }

  it('renders page sizes as they are read', () => {
    for (let kib = 64; kib <= 2 ** 24; kib *= 2) assert.equal(parsePageSize(renderPageSize(kib)), kib)
  })

  it('takes nothing that the patterns for editors refuse', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123.KkMmGgTPiIbB-'), maxLength: 8 })
    fc.assert(
      fc.property(text, (size) => {
        if (parseDriveSize(size) !== null) assert.match(size, new RegExp(driveSizePattern))
        if (parsePageSize(size) !== null) assert.match(size, new RegExp(pageSizePattern))
      }),
    )
  })
})

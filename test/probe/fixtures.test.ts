import { deepStrictEqual } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { factsSchema } from '../../src/probe/facts.ts'
import { factsFrom } from '../support/run-sh.ts'

/**
 * What real hosts answered, and the facts in it. `debian-12-*` are guests of the lab (7 drives, two of them in one
 * IOMMU group): fresh, with a partition on /data; in use, with LVM mounted at a path of odd bytes, swap, btrfs over
 * two drives, an SPDK blobstore and one drive on vfio-pci; and the same seen without root.
 */
const folder = new URL('../fixtures/probe/', import.meta.url)

describe('answers of real hosts', () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
    it(name, () => {
      const facts = factsFrom(readFileSync(new URL(name, folder)), 'fixture')
      const expected = factsSchema.parse(
        JSON.parse(readFileSync(new URL(name.replace('.txt', '.json'), folder), 'utf8')),
      )
      deepStrictEqual(facts, expected)
    })
  }
})

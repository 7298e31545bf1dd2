import assert from 'node:assert/strict'
import { released } from '../../src/plan/release.ts'
import { declaration, guarded, matching } from '../support/declaration.ts'
import { drive, hostFacts } from '../support/facts.ts'

const [a, b, c] = ['0000:5e:00.0', '0000:5f:00.0', '0000:60:00.0']
const gone = { driver: 'vfio-pci', handedOver: true }
const names = (declared: Parameters<typeof declaration>[0]) =>
  released(
    declaration(declared),
    hostFacts({
      drives: [drive({ bdf: a, ...gone }), drive({ bdf: b }), drive({ bdf: c, driver: 'vfio-pci' })],
    }),
  )

describe('release', () => {
  it('gives back what is named, guarded by the same serial, and nothing else of the host changes', () => {
    const one = names({
      spdk: [guarded(a, 'S-5e'), c],
      kernel: [b],
      hugepages: [{ sizeKiB: 2048, node: null, count: 9 }],
      owner: { user: 'spdk', group: null },
      persist: true,
    })
    assert.deepEqual(one, declaration({ kernel: [guarded(a, 'S-5e'), c] }))
  })

  it('of what only matches, gives back what provision handed over', () => {
    assert.deepEqual(names({ spdk: [matching({})] }), declaration({ kernel: [a] }))
  })

  it('keeps an address that no drive has, so that it is told', () => {
    assert.deepEqual(names({ spdk: ['0000:99:00.0'] }), declaration({ kernel: ['0000:99:00.0'] }))
  })
})

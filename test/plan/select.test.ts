import assert from 'node:assert/strict'
import { selectDrives } from '../../src/plan/select.ts'
import { unreadable } from '../../src/probe/fact.ts'
import { declaration, matching } from '../support/declaration.ts'
import { type DriveSpec, drive, hostFacts, mountOf } from '../support/facts.ts'

const at = (bus: string, spec: Partial<DriveSpec> = {}) => drive({ bdf: `0000:${bus}:00.0`, ...spec })
const small = [{ sizeBytes: 10 ** 12 }]
const drives = [
  at('01', { model: 'SAMSUNG MZQL23T8HCLS-00A07', serial: 'A1' }),
  at('02', { model: 'SAMSUNG MZQL23T8HCLS-00A07', serial: 'A2', numa: 1 }),
  at('03', { model: 'INTEL (R) P5510 [x]/y', serial: 'B3', namespaces: small }),
  at('04', { model: 'INTEL P5800X', serial: 'B4', numa: null, driver: 'vfio-pci' }),
  at('05', { model: 'KIOXIA', serial: 'C5', driver: 'vfio-pci', handedOver: true }),
]

const cases: { match: Parameters<typeof matching>[0]; takes: string[]; few?: true }[] = [
  { match: { model: 'SAMSUNG MZQL2*' }, takes: ['01', '02'] },
  { match: { model: 'SAMSUNG MZQL2*', numa: 1 }, takes: ['02'] },
  { match: { model: 'SAMSUNG MZQL2*', count: 1 }, takes: ['01'] },
  { match: { model: 'SAMSUNG*', count: 3 }, takes: ['01', '02'], few: true },
  { match: { model: 'samsung*' }, takes: [] },
  { match: { model: 'INTEL (R) P5510 [x]/y' }, takes: ['03'] },
  { match: { model: 'INTEL*' }, takes: ['03'] },
  { match: { serial: 'A?' }, takes: ['01', '02'] },
  { match: { serial: 'C5' }, takes: ['05'] },
  { match: { minSizeBytes: 3e12 }, takes: ['01', '02', '05'] },
  { match: { maxSizeBytes: 1e12 }, takes: ['03'] },
  { match: { numa: 0, count: 1 }, takes: ['05'] },
]

describe('match', () => {
  for (const { match, takes, few = false } of cases)
    it(`${JSON.stringify(match)} takes ${takes.join(' and ') || 'nothing'}`, () => {
      const found = selectDrives(declaration({ spdk: [matching(match)] }), hostFacts({ drives }))
      assert.deepEqual(
        found.selections.map(({ bdf }) => bdf.slice(5, 7)),
        takes,
      )
      assert.deepEqual(
        found.reasons.map(({ code }) => code),
        few ? ['MATCH_TOO_FEW'] : [],
      )
    })

  const pick = (declared: Parameters<typeof declaration>[0], host = hostFacts({ drives })) =>
    selectDrives(declaration(declared), host).selections.map(({ bdf, want }) => `${want} ${bdf.slice(5, 7)}`)

  it('takes nothing that is named', () => {
    const any = matching({ model: 'SAMSUNG*' })
    assert.deepEqual(pick({ spdk: [any], kernel: ['0000:01:00.0'] }), ['kernel 01', 'spdk 02'])
  })

  it('takes a drive once, whichever claims fit', () => {
    const any = matching({ model: 'SAMSUNG*', count: 1 })
    assert.deepEqual(pick({ spdk: [any, any], kernel: [any] }), ['spdk 01', 'spdk 02'])
  })

  it('takes for the kernel what the kernel has, rather than fetch another', () => {
    assert.deepEqual(pick({ kernel: [matching({ minSizeBytes: 3e12, count: 2 })] }), [
      'kernel 01',
      'kernel 02',
    ])
  })

  it('passes over swap in use for SPDK, and takes it for the kernel', () => {
    const host = hostFacts({ drives: [at('01', { namespaces: [{ swap: -2 }] }), at('02')] })
    assert.deepEqual(pick({ spdk: [matching({})] }, host), ['spdk 02'])
    assert.deepEqual(pick({ kernel: [matching({})] }, host), ['kernel 01', 'kernel 02'])
  })

  it('passes over every path to what the system runs from', () => {
    const host = hostFacts({
      drives: [at('01'), at('02')],
      root: mountOf('259:0', 'nvme0n1', { mount: '/' }),
    })
    const [one, other] = host.drives
    assert.ok(one !== undefined && other !== undefined)
    other.namespaces = one.namespaces
    assert.deepEqual(pick({ spdk: [matching({})] }, host), [])
  })

  it('does not take the word of a record for a drive on nvme that does not answer', () => {
    const silent = { handedOver: true, facts: { controller: unreadable('no answer') } }
    assert.deepEqual(
      pick({ spdk: [matching({ model: '*' })] }, hostFacts({ drives: [at('01', silent)] })),
      [],
    )
  })

  it('passes over what the system runs from', () => {
    const host = hostFacts({
      drives: [at('01'), at('02')],
      root: mountOf('259:0', 'nvme0n1', { mount: '/' }),
    })
    assert.deepEqual(pick({ spdk: [matching({})] }, host), ['spdk 02'])
  })
})

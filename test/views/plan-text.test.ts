import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import type { PlannedHost } from '../../src/events/events.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { renderPlan } from '../../src/views/plan-text.ts'
import { arbitraryFacts } from '../support/arbitrary-facts.ts'
import { declaration, matching } from '../support/declaration.ts'
import { fleet, planned, scenarios, stamp, unreachable } from '../support/plans.ts'
import { stackScenarios } from '../support/stack-plans.ts'
import { golden } from './golden.ts'

const plain = { width: 80, color: false, verbose: false }

/** Hosts as the golden file of the same name shows them, at 80 columns without colour. */
const screens: Record<string, () => PlannedHost[]> = {
  'mounted-refused': () => [scenarios.mountedRefused()],
  'mounted-released': () => [scenarios.mountedReleased()],
  'stack-released': () => [stackScenarios.stackReleased()],
  'stack-returned': () => [stackScenarios.stackReturned()],
  'stack-refused': () => [stackScenarios.stackRefused()],
  'shared-group': () => [scenarios.sharedGroup()],
  'hugepages-short': () => [scenarios.hugepagesShort()],
  'serial-mismatch': () => [scenarios.serialMismatch()],
  'give-back': () => [scenarios.giveBack()],
  warned: () => [scenarios.warned()],
  'long-names': () => [scenarios.longNames()],
  hostile: () => [scenarios.hostile()],
  unreadable: () => [scenarios.unreadable()],
  'fleet-37': () => fleet(37),
  mixed: () => [
    scenarios.inSync(),
    scenarios.mountedRefused(),
    unreachable('stor-21', '10.10.0.41'),
    scenarios.giveBack(),
    unreachable('stor-22', '10.10.0.42'),
  ],
  'no-changes': () => [1, 2, 3].map((n) => scenarios.inSync(`stor-0${n}`, `10.10.0.${n}`)),
  'no-hosts': () => [],
}

describe('renderPlan', () => {
  for (const [name, hosts] of Object.entries(screens))
    it(`shows ${name}`, () => {
      golden(`plan-${name}.txt`, renderPlan(hosts(), plain))
    })

  it('uses a wide terminal, but not all of a very wide one', () => {
    const hosts = [scenarios.mountedRefused()]
    golden('plan-mounted-refused-100.txt', renderPlan(hosts, { ...plain, width: 100 }))
    assert.equal(renderPlan(hosts, { ...plain, width: 300 }), renderPlan(hosts, { ...plain, width: 110 }))
  })

  it('adds nothing but colours where there are colours', () => {
    for (const hosts of Object.values(screens)) {
      const colored = renderPlan(hosts(), { ...plain, color: true })
      assert.equal(stripVTControlCharacters(colored), renderPlan(hosts(), plain))
    }
  })

  it('colours a blocked drive as the golden file has it', () => {
    golden(
      'plan-mounted-refused-color.txt',
      renderPlan([scenarios.mountedRefused()], { ...plain, color: true }),
    )
  })

  it('lists the serials of a group when asked for more', () => {
    const text = renderPlan(fleet(37), { ...plain, verbose: true })
    assert.match(text, / {4}stor-01 {2}0000:5e:00\.0 {2}S64HNE0R000000\n/)
    assert.match(text, / {4}stor-37 {2}0000:5f:00\.0 {2}S64HNE0R000073\n/)
  })

  it('keeps hosts apart that differ in more than serials and kernel names', () => {
    const bigger = planned(
      {
        name: 'stor-99',
        spdk: ['0000:5e:00.0', '0000:5f:00.0'],
        hugepages: [{ sizeKiB: 2048, node: 0, count: 8 }],
      },
      { drives: [] },
    )
    const text = renderPlan([...fleet(3), bigger], plain)
    assert.match(text, /^~ 3 hosts: 10 steps on each$/m)
    assert.match(text, /^! stor-99 /m)
  })

  it('obeys nothing that a host says', () => {
    fc.assert(
      fc.property(arbitraryFacts(), (facts) => {
        const said = { ...declaration({ spdk: [matching({})] }), inUse: 'release' } as const
        const plan = planHost({ declaration: said, facts, stamp })
        const text = renderPlan([{ kind: 'planned', plan }], plain)
        assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }),
      { numRuns: 60 },
    )
  })
})

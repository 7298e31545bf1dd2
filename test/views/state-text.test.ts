import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { planHost } from '../../src/plan/plan-host.ts'
import { renderResults } from '../../src/views/result-text.ts'
import { renderStatus, type StatusHost } from '../../src/views/status-text.ts'
import { renderVerify } from '../../src/views/verify-text.ts'
import { arbitraryFacts } from '../support/arbitrary-facts.ts'
import { declaration, matching } from '../support/declaration.ts'
import { fleet, scenarios, stamp, unreachable } from '../support/plans.ts'
import { golden } from './golden.ts'
import { goodResults, mixedResults } from './results.ts'

const plain = { width: 80, color: false, verbose: false }
const all = Object.values(scenarios).map((scenario) => scenario())
const away = unreachable('stor-21', '10.10.0.41')
const probed = (host: (typeof all)[number]): StatusHost => ({ ...host, kind: 'probed' })

/** Golden file → text. */
const screens: Record<string, (width: number, color: boolean) => string> = {
  status: (width, color) => renderStatus([...all.map(probed), away], { ...plain, width, color }),
  verify: (width, color) => renderVerify([...all, ...fleet(5), away], { ...plain, width, color }),
  results: (width, color) => renderResults(mixedResults(), { ...plain, width, color }),
}

describe('status, verify and results', () => {
  for (const [name, render] of Object.entries(screens)) {
    for (const width of [80, 110])
      it(`${name} at ${width} columns`, () => {
        golden(`${name}-${width}.txt`, render(width, false))
      })
    it(`${name} adds nothing but colours where there are colours`, () => {
      assert.equal(stripVTControlCharacters(render(80, true)), render(80, false))
    })
  }

  const summaries: [string, string][] = [
    [renderResults(goodResults(), plain), 'Applied. 37 hosts are as declared, 37 changed.'],
    [
      renderResults([{ kind: 'untouched', plan: scenarios.inSync().plan, outcome: 'in_sync' }], plain),
      'No changes. 1 host is as declared.',
    ],
    [renderVerify([scenarios.inSync()], plain), 'Verified. 1 host is as declared.'],
    [renderVerify([], plain), 'No hosts.'],
    [renderResults([], plain), 'No hosts.'],
  ]
  for (const [text, last] of summaries)
    it(`ends with: ${last}`, () => {
      assert.equal(text.trimEnd().split('\n').at(-1), last)
    })

  it('obeys nothing that a host says', () => {
    fc.assert(
      fc.property(arbitraryFacts(), (facts) => {
        const plan = planHost({ declaration: declaration({ spdk: [matching({})] }), facts, stamp })
        const text =
          renderStatus([{ kind: 'probed', plan, facts }], plain) +
          renderVerify([{ kind: 'planned', plan }], plain)
        assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }),
      { numRuns: 60 },
    )
  })
})

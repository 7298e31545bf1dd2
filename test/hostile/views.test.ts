import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import { sshPrompts } from '../../src/cli/prompts.ts'
import { reportError } from '../../src/cli/report-error.ts'
import { ProvisionError } from '../../src/errors.ts'
import type { Event, HostResult, PlannedHost } from '../../src/events/events.ts'
import type { HostPlan } from '../../src/plan/plan.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { released } from '../../src/plan/release.ts'
import { known, unreadable } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { parseFacts } from '../../src/probe/parse-facts.ts'
import { renderAnswer, renderFacts } from '../../src/probe/render-facts.ts'
import { Sheet } from '../../src/probe/sheet.ts'
import { WireReader } from '../../src/probe/wire.ts'
import { renderDevice } from '../../src/views/drive-text.ts'
import { applyJson, planJson, statusJson, verifyJson } from '../../src/views/json.ts'
import { jsonText } from '../../src/views/json-text.ts'
import { paintOf } from '../../src/views/layout/page.ts'
import { widthOf } from '../../src/views/layout/width.ts'
import { renderPlan } from '../../src/views/plan-text.ts'
import { advance, newBoard } from '../../src/views/progress/board.ts'
import { frameOf } from '../../src/views/progress/frame.ts'
import { plainProgress } from '../../src/views/progress/plain.ts'
import { createProgress } from '../../src/views/progress.ts'
import { renderResults } from '../../src/views/result-text.ts'
import { renderRollback } from '../../src/views/rollback-text.ts'
import { renderRuns } from '../../src/views/runs-text.ts'
import { renderStatus } from '../../src/views/status-text.ts'
import { renderVerify } from '../../src/views/verify-text.ts'
import { declaration } from '../support/declaration.ts'
import { blockDevice, drive, hostFacts, mountOf } from '../support/facts.ts'
import { nasty, nastyPaths, type Path, stringLeaves, whatGarbles, withLeaf } from './nasty.ts'

/** A host that has one of everything, so that each field of the facts has a string to be replaced. */
function everything(): HostFacts {
  const named = { uuid: known('a-b'), nguid: known('c1'), eui: known('d2') }
  const facts = hostFacts({
    drives: [
      drive({
        partitions: [{ mount: '/data' }, { swap: -2 }, { holds: ['LVM2_member'], holders: ['dm-3'] }],
      }),
      drive({
        bdf: '0000:5f:00.0',
        driver: 'vfio-pci',
        override: 'vfio-pci',
        handedOver: true,
        on: { mount: '/back' },
      }),
      drive({ bdf: '0000:60:00.0', driver: 'pciback', facts: { record: unreadable('no JSON') } }),
      drive({ bdf: '0000:61:00.0', facts: { controller: unreadable('no answer'), namespaces: [] } }),
      drive({ bdf: '0000:62:00.0', on: { holds: unreadable('blkid: ambivalent') } }),
      drive({ bdf: '0000:63:00.0', driver: null, facts: { driverOverride: unreadable('no answer') } }),
    ],
    blockDevices: [
      blockDevice({
        name: 'dm-3',
        majmin: '253:3',
        slaves: ['nvme0n1p3'],
        holders: ['dm-4'],
        dmName: known('vg-lv'),
        dmUuid: known('LVM-abc'),
      }),
    ],
    mounts: [
      mountOf('0:40', 'tmpfs', { mount: '/data/inner', fstype: 'tmpfs' }),
      mountOf('0:41', 'x', { mount: '/var', fstype: 'zfs' }),
    ],
    facts: {
      functions: [
        {
          bdf: '0000:70:00.0',
          class: '0x020000',
          ids: '8086:1521',
          driver: known('igb'),
          iommuGroup: known(0x5e),
        },
      ],
      resume: unreadable('gone'),
      nodeOwners: { '/dev/vfio/95': 'other:other' },
      users: { spdk: known('spdk:spdk') },
      lock: known('run x by y\nsecond'),
      lockdown: known('integrity'),
      btrfsMembers: known(['nvme4n1']),
    },
  })
  const [first, ...rest] = facts.drives
  if (first === undefined) return facts
  return {
    ...facts,
    drives: [{ ...first, namespaces: first.namespaces.map((one) => ({ ...one, ...named })) }, ...rest],
  }
}

/** What the host's answer says, through the real lines and the real parser; or the error it ends with. */
function heard(facts: HostFacts): HostFacts | ProvisionError {
  const sheet = new Sheet()
  const reader = new WireReader('n', (line) => sheet.add(line))
  reader.push(renderAnswer('n', renderFacts(facts)))
  const end = reader.end()
  if (end.kind !== 'complete') return new ProvisionError('PROBE_MALFORMED', JSON.stringify(end))
  try {
    return parseFacts(sheet)
  } catch (error) {
    if (error instanceof ProvisionError) return error
    throw error
  }
}

const view = { width: 80, color: false, verbose: true }
const bdfs = [
  '0000:5e:00.0',
  '0000:5f:00.0',
  '0000:60:00.0',
  '0000:61:00.0',
  '0000:62:00.0',
  '0000:63:00.0',
  '0000:70:00.0',
]
const stamp = { id: '20260301-220000-ab12', at: '2026-03-01T22:00:00.000Z' }

/** Everything that is ever shown of these facts. */
function shown(facts: HostFacts, text: string): string[] {
  const wants = [
    declaration({ spdk: bdfs, owner: { user: 'spdk', group: null } }),
    declaration({ spdk: ['0000:5e:00.0'], inUse: 'release' }),
    declaration({ spdk: ['0000:5f:00.0'], owner: { user: 'spdk', group: null } }),
  ]
  const plans = wants.map((want) => planHost({ declaration: want, facts, stamp }))
  const back = declaration({ spdk: ['0000:5f:00.0'] })
  plans.push(planHost({ declaration: released(back, facts), facts, stamp }))
  return plans.flatMap((plan) => shownOf(plan, facts, text))
}

function shownOf(plan: HostPlan, facts: HostFacts, text: string): string[] {
  const planned: PlannedHost[] = [{ kind: 'planned', plan }]
  const status = [{ kind: 'probed' as const, plan, facts }]
  return [
    renderPlan(planned, view),
    renderStatus(status, view),
    renderVerify(planned, view),
    renderRollback([{ plan, steps: plan.steps, drives: plan.devices.map(({ bdf }) => bdf) }], view),
    ...plan.devices.map((device) => renderDevice({ plan, device, declaredAt: text, byMatch: false }, view)),
    ...plan.steps.map(({ summary, target }) =>
      plainText([
        {
          type: 'step',
          host: 'h',
          run: 'do',
          id: 1,
          kind: 'bind',
          summary,
          state: { state: 'failed', message: target },
        },
      ]),
    ),
    json(planJson(planned)),
    json(statusJson(status)),
    json(verifyJson(planned)),
  ]
}

function json(document: object): string {
  const text = jsonText(document)
  deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(document)))
  return text
}

function plainText(events: Event[]): string {
  let said = ''
  const progress = plainProgress(
    (text) => {
      said += text
    },
    () => 0,
  )
  for (const event of events) progress.emit(event)
  return said
}

function reported(error: unknown): string {
  let said = ''
  reportError(
    error,
    new Writable({
      write: (chunk, _, done) => {
        said += chunk
        done()
      },
    }),
  )
  return said
}

function clean(texts: string[], what: string): void {
  for (const text of texts) equal(whatGarbles(text), undefined, what)
}

/** How the host is heard when this leaf is `text`, and that nothing of it garbles a screen. */
function tryLeaf(facts: HostFacts, path: Path, text: string): 'understood' | 'refused' {
  const what = `${path.join('.')} is ${JSON.stringify(text.slice(0, 60))}`
  const result = heard(withLeaf(facts, path, () => text))
  if (result instanceof ProvisionError) {
    clean(
      [reported(result), renderPlan([{ kind: 'unreachable', name: 'h', address: 'h', error: result }], view)],
      what,
    )
    return 'refused'
  }
  clean(shown(result, text), what)
  return 'understood'
}

describe('a hostile host on the screen', function () {
  this.timeout(120_000)
  const facts = everything()
  const leaves = stringLeaves(facts).filter(
    (path) => !['state', 'kernelName'].includes(String(path.at(-1))) || path.length === 1,
  )

  it('has every kind of field replaced', () => ok(leaves.length > 120, String(leaves.length)))

  const worst = [
    nasty['a screen sequence'],
    nasty['a C1 sequence'],
    nasty['bytes that are not UTF-8'],
    nasty['a turned direction'],
  ].join('')
  for (const [what, text] of [
    ['all that garbles', worst],
    ['syntax', `'; $(pwned) \`pwned\` "`],
  ] as const) {
    it(`garbles nothing with ${what} in any one field`, () => {
      const ends = leaves.map((path) => tryLeaf(facts, path, text))
      ok(ends.filter((end) => end === 'understood').length > 60, 'most fields are free text')
    })
  }

  for (const [what, text] of Object.entries(nastyPaths)) {
    it(`garbles nothing with ${what} in every field that is free`, () => {
      const free = leaves.filter(
        (path) => heard(withLeaf(facts, path, () => text)) instanceof ProvisionError === false,
      )
      const all = free.reduce((told, path) => {
        const more = withLeaf(told, path, () => text)
        return heard(more) instanceof ProvisionError ? told : more
      }, facts)
      const result = heard(all)
      ok(!(result instanceof ProvisionError))
      clean(shown(result, text), what)
    })
  }

  for (const [what, text] of Object.entries(nastyPaths)) {
    it(`garbles nothing with ${what} in what it says while it works, and in errors`, () => {
      const plan = planHost({ declaration: declaration({ spdk: ['0000:5e:00.0'] }), facts, stamp })
      const error = new ProvisionError('X', text, { hint: text, host: 'h' })
      const failure = { id: 1, summary: text, message: text }
      const results: HostResult[] = [
        { kind: 'unreachable', name: 'h', address: 'h', error },
        { kind: 'rolled_back', plan, failure, undone: 1 },
        { kind: 'taken_back', plan, undone: 1, notes: [text] },
        {
          kind: 'failed',
          plan,
          failure,
          error,
          differences: [{ subject: text, expected: text, actual: text }],
        },
        { kind: 'stale', plan, error },
        { kind: 'locked', plan, holder: text },
      ]
      const events: Event[] = [
        { type: 'phase_started', phase: 'apply', hosts: 1 },
        { type: 'host_started', phase: 'apply', host: 'h' },
        { type: 'note', host: 'h', message: text },
        { type: 'step', host: 'h', run: 'do', id: 1, kind: 'bind', summary: text, state: { state: 'begin' } },
        {
          type: 'step',
          host: 'h',
          run: 'do',
          id: 1,
          kind: 'bind',
          summary: text,
          state: { state: 'hung', message: text },
        },
        { type: 'host_finished', phase: 'apply', host: 'h', outcome: 'failed' },
      ]
      const run = { id: text, command: text, at: text, by: text, file: text, outcomes: { [text]: 1 } }
      clean(
        [
          renderResults(results, view),
          json(applyJson(results)),
          plainText(events),
          renderRuns([run], text, view),
          renderRuns([], text, view),
          reported(error),
          reported(new ProvisionError('CONFIG_INVALID', text)),
          reported(new Error(text)),
        ],
        what,
      )
      let board = newBoard('apply', 1, 0)
      for (const event of events) {
        board = advance(board, event, 0)
        const frame = frameOf(board, 0, { columns: 60, rows: 20, paint: paintOf(false) })
        for (const line of [frame.title, ...frame.lines]) {
          equal(whatGarbles(line), undefined, what)
          ok(!line.includes('\n') && widthOf(line) <= 60, line)
        }
      }
    })
  }

  it('garbles nothing in colour either', () => {
    const plan = planHost({
      declaration: declaration({ spdk: bdfs }),
      facts: withLeaf(facts, ['drives', 0, 'controller', 'value', 'model'], () => worst),
      stamp,
    })
    const text = renderPlan([{ kind: 'planned', plan }], { ...view, color: true })
    ok(text.includes('\u001b['), 'there are colours')
    equal(whatGarbles(text, { color: true }), undefined)
  })

  it('garbles nothing with the key type that an unknown host presents, and asks about it', async () => {
    let asked = ''
    const stderr = Object.assign(
      new Writable({
        write: (chunk, _, done) => {
          asked += chunk
          done()
        },
      }),
      { isTTY: true },
    )
    const stdin = Object.assign(new PassThrough(), { isTTY: true })
    const terminal = { stdout: new PassThrough(), stderr, stdin }
    const progress = createProgress({ stream: stderr, color: false, quiet: true })
    stdin.end('yes\n')
    const question = {
      host: worst,
      knownAs: worst,
      keyType: worst,
      fingerprint: worst,
      otherKnownTypes: [worst],
      file: worst,
    }
    // readline moves the cursor itself, and ends lines as terminals do.
    equal(await sshPrompts(terminal, progress)?.confirmHostKey(question), true)
    ok(asked.includes('is not known'))
    equal(whatGarbles(asked.replaceAll(/\u001b\[\d*[A-K]|\r(?=\n)/g, '')), undefined)
    ok(!asked.includes('\u001b[2J'))
  })
})

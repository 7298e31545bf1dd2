import { deepStrictEqual, equal, ok, rejects } from 'node:assert/strict'
import fc from 'fast-check'
import { parseScript } from '../../src/agent/parse-script.ts'
import type { Program } from '../../src/agent/program.ts'
import { renderProgram } from '../../src/agent/render-program.ts'
import { type AttachResult, attachRun } from '../../src/apply/attach.ts'
import { readLock } from '../../src/apply/lock.ts'
import { type TakeBackResult, takeBack, toTakeBack } from '../../src/apply/take-back.ts'
import { ProvisionError } from '../../src/errors.ts'
import { decodeBytes } from '../../src/probe/bytes.ts'
import { renderFacts } from '../../src/probe/render-facts.ts'
import { renderLine } from '../../src/probe/wire.ts'
import type { Connection, ExecOutcome } from '../../src/transport/transport.ts'
import { hostFacts } from '../support/facts.ts'
import { programOf } from '../support/program.ts'

const program = programOf([
  { kind: 'hugepages', sizeKiB: 2048, node: 0, from: 0, to: 8 },
  { kind: 'module', module: 'vfio-pci', to: 'loaded' },
])
const facts = hostFacts()
const options = { become: 'none', timeoutMs: 1000, host: 'stor-01', onEvent: () => {} } as const

/** Lines in short: `step/1 done TEXT`; a text of several lines is taken as it is. */
function wireLines(lines: readonly string[]): string {
  return lines.map((line) => (line.includes('\t') ? line : wireLine(line))).join('')
}

function wireLine(line: string): string {
  const [, subject = '', attribute = '', state = '=', value = ''] =
    /^(\S+) (\S+)(?: (?:(!) )?(.*))?$/s.exec(line) ?? []
  return renderLine({ subject, attribute, state: state === '!' ? '!' : '=', value })
}

/** A host that says this to whatever it is asked, and then ends so. */
function saying(body: string, ends: Partial<ExecOutcome> = {}, whole = true): Connection {
  return {
    user: 'root',
    close: () => {},
    exec: async (_command, { stdin, onStdout }) => {
      const script = parseScript(decodeBytes(stdin))
      ok(script.kind === 'attach' || script.kind === 'back' || script.kind === 'lock')
      const nonce = script.kind === 'back' ? script.program.nonce : script.nonce
      const end = whole ? `provision-end\t${nonce}\t${body.split('\n').length - 1}\n` : ''
      onStdout(Buffer.from(`provision-begin\t${nonce}\n${body}${end}`))
      return { kind: 'exited', code: 0, stderr: '', ...ends } as ExecOutcome
    },
  }
}

const textOf = (of: Program) =>
  renderProgram(of)
    .split('\n')
    .slice(0, -1)
    .map((value) => renderLine({ subject: 'program', attribute: 'line', state: '=', value }))
    .join('')
const kept = [textOf(program), 'run holder eve@desk since noon']
const begun = ['run begin run-1', 'run session /x', 'step/1 begin hugepages']
const both = [...begun, 'step/1 done 8', 'step/2 begin module', 'step/2 noop so']
const ended = (outcome: string, journal = 'whole') => [
  renderFacts(facts),
  `run journal ${journal}`,
  `run outcome ${outcome}`,
]
const seenFacts = { kind: 'seen', facts }

const attach = (lines: readonly string[], more: Partial<Parameters<typeof attachRun>[1]> = {}) =>
  attachRun(saying(wireLines(lines)), { ...options, run: 'run-1', ...more })

describe('attaching to a run', () => {
  const failing = [...begun, 'step/1 failed short', 'undo/1 begin hugepages', 'undo/1 done 0']
  const failed = { id: 1, kind: 'hugepages', how: 'failed', message: 'short' }
  const results: [string, string[], object][] = [
    ['applied', [...kept, ...both, ...ended('applied')], { outcome: 'applied', facts: seenFacts }],
    [
      'rolled back',
      [...kept, ...failing, ...ended('rolled_back')],
      { outcome: 'rolled_back', failed, undone: [1], facts: seenFacts },
    ],
    [
      'applied, with a torn journal',
      [...kept, ...begun, ...ended('applied', 'torn')],
      { outcome: 'applied', facts: seenFacts },
    ],
    [
      'taken back since',
      [
        ...kept,
        ...both,
        'run back 1 2',
        'run holder ann',
        'undo/2 noop so',
        'undo/1 done 0',
        ...ended('rolled_back'),
      ],
      { outcome: 'taken_back', undone: [2, 1], facts: seenFacts },
    ],
    ['unknown', ['run outcome unknown_run'], { outcome: 'unknown_run' }],
    [
      'at work when the time is up',
      [...kept, ...begun, 'run outcome at_work'],
      { outcome: 'lost', why: 'it is still at work', lastStep: 1 },
    ],
  ]
  for (const [what, lines, expected] of results) {
    it(`finds it ${what}`, async () => deepStrictEqual(await attach(lines), expected))
  }

  const left: [string, string[], Partial<Extract<AttachResult, { outcome: 'abandoned' }>>, number[]][] = [
    ['in a step', begun, { begun: [1], done: [] }, [1]],
    ['after one that needed nothing', both, { begun: [1], done: [1] }, [1]],
    ['by a boot', [...begun, 'run agent other_boot'], { boot: 'other', begun: [1], done: [] }, [1, 2]],
    [
      'while it was taken back',
      [...begun, 'run back 1 2', 'undo/2 begin module', 'undo/2 done so', 'undo/1 begin hugepages'],
      { begun: [1, 2], done: [], undone: [2] },
      [1, 2],
    ],
  ]
  for (const [where, lines, expected, ids] of left) {
    it(`finds it abandoned ${where}`, async () => {
      const agent = lines.some((line) => line.startsWith('run agent')) ? [] : ['run agent gone']
      const found = await attach([...kept, ...lines, ...agent, 'run outcome abandoned'])
      ok(found.outcome === 'abandoned')
      const { program: read, ...rest } = found
      deepStrictEqual({ ...read, nonce: program.nonce }, program)
      const holder = 'eve@desk since noon'
      deepStrictEqual(rest, { outcome: 'abandoned', boot: 'same', holder, undone: [], ...expected })
      deepStrictEqual(toTakeBack(found), ids)
    })
  }

  const bad: [string, string[], Partial<Parameters<typeof attachRun>[1]>?][] = [
    ['keeps what is no program', ['program line reboot', ...both, ...ended('applied')]],
    ['keeps a program with something added', [kept[0] ?? '', 'program line reboot', ...ended('applied')]],
    [
      'keeps the program of another run',
      [textOf({ ...program, run: 'run-2' }), ...both, ...ended('applied')],
    ],
    [
      'keeps another program than was sent',
      [...kept, ...both, ...ended('applied')],
      { program: { ...program, steps: program.steps.toReversed() } },
    ],
    ['goes on with the program after an event', [...kept, ...begun, 'program line :', ...ended('applied')]],
    ['tells of a step that is not in it', [...kept, 'step/7 begin unbind', ...ended('applied')]],
    ['claims success without its steps', [...kept, ...begun, ...ended('applied')]],
    ['claims to be taken back without it', [...kept, ...both, 'run back 1 2', ...ended('rolled_back')]],
    ['tells an unknown outcome', [...kept, ...both, ...ended('splendid')]],
    ['tells no outcome', [...kept, ...both]],
    ['takes back what has no number', [...kept, ...both, 'run back all', ...ended('rolled_back')]],
  ]
  for (const [does, lines, more] of bad) {
    it(`does not believe a host that ${does}`, () =>
      rejects(
        () => attach(lines, more),
        (error) => error instanceof ProvisionError && error.code === 'APPLY_MALFORMED',
      ))
  }

  it('does not take in a program without end', () => {
    const line = `program line ${'x'.repeat(500_000)}`
    return rejects(
      () => attach(new Array<string>(30).fill(line)),
      (error) => error instanceof ProvisionError && /too long/.test(error.message),
    )
  })

  it('gives a result or a ProvisionError, whatever a host says', async () => {
    const pieces = fc.constantFrom(
      ...kept,
      ...both,
      ...ended('applied'),
      'run outcome abandoned',
      'run back 1',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }), async (lines) => {
        try {
          const { outcome } = await attach(
            lines.map((line) => (line.includes('\t') ? line : line.replaceAll('\n', ' '))),
          )
          ok(outcome !== 'applied' || lines.includes(both.at(-1) ?? ''))
        } catch (error) {
          ok(error instanceof ProvisionError, String(error))
        }
      }),
    )
  })
})

describe('taking a run back', () => {
  const back = (
    lines: readonly string[],
    ends: Partial<ExecOutcome> = {},
    whole = true,
  ): Promise<TakeBackResult> =>
    takeBack(saying(wireLines(lines), ends, whole), program, { ...options, steps: [1, 2], holder: 'ann' })
  const undone = ['run back 1 2', 'run holder ann', 'undo/2 begin module', 'undo/2 done so', 'undo/1 done 0']

  it('is told as it is', async () => {
    deepStrictEqual(await back([...undone, renderFacts(facts), 'run outcome rolled_back']), {
      outcome: 'rolled_back',
      undone: [2, 1],
      facts: seenFacts,
    })
    const notProbed = 'run facts ! not probed: nothing was touched'
    deepStrictEqual(await back([notProbed, 'run reason another serial', 'run outcome refused']), {
      outcome: 'refused',
      message: 'another serial',
    })
    deepStrictEqual(await back([notProbed, 'run reason ann', 'run outcome locked']), {
      outcome: 'locked',
      holder: 'ann',
    })
    const failed = await back([
      ...undone.slice(0, 4),
      'undo/1 failed no',
      'run reason undo 1',
      'run outcome failed',
    ])
    ok(failed.outcome === 'failed')
    deepStrictEqual([failed.undone, failed.message], [[2], 'undo 1'])
    const lost = await back(undone, { kind: 'lost', why: 'reset' }, false)
    deepStrictEqual(lost, { outcome: 'lost', why: 'reset', lastStep: 2 })
  })

  const lies: [string, string[]][] = [
    ['a step is missing', [...undone.slice(0, 4), 'run outcome rolled_back']],
    ['a step failed', [...undone, 'undo/1 failed no', 'run outcome rolled_back']],
    ['nothing was begun', ['run outcome rolled_back']],
    ['it says applied', [...undone, 'run outcome applied']],
  ]
  for (const [because, lines] of lies) {
    it(`is not believed when ${because}`, () =>
      rejects(
        () => back(lines),
        (error) => error instanceof ProvisionError && error.code === 'APPLY_MALFORMED',
      ))
  }
})

describe('looking at a lock', () => {
  it('never takes silence or a refusal for a host without one', async () => {
    await rejects(() => readLock(saying(''), options), /cannot be told: the probe did not report it/)
    const refused = saying(wireLines(['lock state ! /run/provision is for root only']))
    await rejects(() => readLock(refused, options), /cannot be told: \/run\/provision is for root only/)
    equal(await readLock(saying(wireLines(['lock state none'])), options), null)
  })
})

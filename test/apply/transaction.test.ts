import { deepStrictEqual, equal, match, ok, rejects } from 'node:assert/strict'
import fc from 'fast-check'
import { parseScript } from '../../src/agent/parse-script.ts'
import type { StepEvent } from '../../src/apply/step-event.ts'
import { runTransaction, type TransactionResult } from '../../src/apply/transaction.ts'
import { ProvisionError } from '../../src/errors.ts'
import { decodeBytes } from '../../src/probe/bytes.ts'
import { known } from '../../src/probe/fact.ts'
import { renderFacts } from '../../src/probe/render-facts.ts'
import { renderLine } from '../../src/probe/wire.ts'
import type { Connection, ExecOptions, ExecOutcome } from '../../src/transport/transport.ts'
import { hostFacts } from '../support/facts.ts'
import { programOf } from '../support/program.ts'

const program = programOf(
  [
    { kind: 'hugepages', sizeKiB: 2048, node: 0, from: 0, to: 8 },
    { kind: 'module', module: 'vfio-pci', to: 'loaded' },
  ],
  { nonce: 'n1', holder: 'eve@desk' },
)

/** An answer, from lines in short: `step/1 done TEXT`; a text of several lines is taken as it is. */
function answer(...lines: string[]): string {
  const body = lines.map((line) => (line.includes('\t') ? line : wireLine(line))).join('')
  return `provision-begin\tn1\n${body}provision-end\tn1\t${body.split('\n').length - 1}\n`
}

function wireLine(line: string): string {
  const [, subject = '', attribute = '', state = '=', value = ''] =
    /^(\S+) (\S+)(?: (?:(!) )?(.*))?$/.exec(line) ?? []
  return renderLine({ subject, attribute, state: state === '!' ? '!' : '=', value })
}

interface Heard {
  result: TransactionResult
  events: StepEvent[]
  sent: ExecOptions
  command: string
}

/** Runs the program against a host that says this and then ends so. */
async function hear(
  says: string,
  ends: Partial<ExecOutcome> = {},
  become: 'none' | 'sudo' = 'none',
): Promise<Heard> {
  const events: StepEvent[] = []
  let sent: ExecOptions | undefined
  let command = ''
  const connection: Connection = {
    exec: async (line, options) => {
      sent = options
      command = line
      for (const piece of says.match(/.{1,7}/gs) ?? []) options.onStdout(Buffer.from(piece))
      return { kind: 'exited', code: 0, stderr: '', ...ends } as ExecOutcome
    },
    user: 'root',
    close: () => {},
  }
  const result = await runTransaction(connection, program, {
    become,
    timeoutMs: 1000,
    host: 'stor-01',
    onEvent: (event) => events.push(event),
  })
  ok(sent)
  return { result, events, sent, command }
}

const facts = hostFacts()
const probed = renderFacts({ ...facts, lock: known('eve@desk') })
const begun = ['run begin r', 'step/1 begin hugepages']
const both = [...begun, 'step/1 done 8 free', 'step/2 begin module', 'step/2 noop loaded']
const notProbed = 'run facts ! not probed: nothing was touched'
const seenFacts = { kind: 'seen', facts }

describe('a transaction', () => {
  it('ships the program under the asked rights, and tells of each step as it arrives', async () => {
    const { sent, command, events } = await hear(answer(...both, probed, 'run outcome applied'), {}, 'sudo')
    equal(command, 'exec sudo -n /bin/sh -s')
    deepStrictEqual(parseScript(decodeBytes(sent.stdin)), { kind: 'apply', program })
    deepStrictEqual(
      events.map(
        (event) =>
          event.kind === 'step' && `${event.direction} ${event.step} ${event.progress} ${event.text}`,
      ),
      [
        'forward 1 begin hugepages',
        'forward 1 done 8 free',
        'forward 2 begin module',
        'forward 2 noop loaded',
      ],
    )
  })

  const failing = [...begun, 'step/1 failed no memory', 'undo/1 begin hugepages']
  const failed = { id: 1, kind: 'hugepages', how: 'failed', message: 'no memory' }
  const results: [string, string[], TransactionResult | object][] = [
    [
      'applied, without our own lock',
      [...both, probed, 'run outcome applied'],
      { outcome: 'applied', facts: seenFacts },
    ],
    [
      'rolled back',
      [...failing, 'undo/1 done 0', probed, 'run outcome rolled_back'],
      { outcome: 'rolled_back', failed, undone: [1], facts: seenFacts },
    ],
    [
      'failed on the way back',
      [...failing, 'undo/1 failed stuck', probed, 'run reason undo 1', 'run outcome failed'],
      { outcome: 'failed', failed, undone: [], message: 'undo 1', facts: seenFacts },
    ],
    [
      'hung',
      [...begun, 'step/1 hung PID 7', 'run facts ! stuck', 'run reason hung', 'run outcome failed'],
      {
        outcome: 'failed',
        failed: { ...failed, how: 'hung', message: 'PID 7' },
        undone: [],
        message: 'hung',
        facts: { kind: 'none', why: 'stuck' },
      },
    ],
    [
      'refused',
      [notProbed, 'run reason another serial', 'run outcome refused'],
      { outcome: 'refused', message: 'another serial' },
    ],
    ['locked', [notProbed, 'run reason ann', 'run outcome locked'], { outcome: 'locked', holder: 'ann' }],
  ]
  for (const [what, lines, expected] of results) {
    it(`is ${what}`, async () => deepStrictEqual((await hear(answer(...lines))).result, expected))
  }

  it('is applied even when its facts cannot be understood, and says why there are none', async () => {
    const { result } = await hear(answer(...both, 'host uid many', 'run outcome applied'))
    ok(result.outcome === 'applied' && result.facts.kind === 'none')
    match(result.facts.why, /cannot be understood/)
  })

  const whole = answer(...both, probed, 'run outcome applied')
  const lost: [string, string, Partial<ExecOutcome>, RegExp, number | null][] = [
    ['the connection goes', whole.slice(0, 200), { kind: 'lost', why: 'reset' }, /^reset$/, 2],
    ['the connection goes before a word', '', { kind: 'lost', why: 'reset' }, /^reset$/, null],
    [
      'the time is up',
      whole.slice(0, 100),
      { kind: 'timed_out', afterMs: 5000 },
      /not finished after 5 s/,
      1,
    ],
    ['the agent is killed', whole.slice(0, 100), { kind: 'signalled', signal: 'KILL' }, /ended by KILL/, 1],
    ['the agent ends in the middle', whole.slice(0, 100), { code: 137 }, /exit code 137/, 1],
    [
      'only the last line is missing',
      whole.slice(0, whole.lastIndexOf('provision-end')),
      {},
      /in the middle/,
      2,
    ],
  ]
  for (const [because, says, ends, why, lastStep] of lost) {
    it(`is lost, never a success, when ${because}`, async () => {
      const { result } = await hear(says, ends)
      ok(result.outcome === 'lost', JSON.stringify(result))
      match(result.why, why)
      equal(result.lastStep, lastStep)
    })
  }

  const errors: [string, string, string, Partial<ExecOutcome>][] = [
    ['claims success without its steps', 'APPLY_MALFORMED', answer(...begun, 'run outcome applied'), {}],
    [
      'claims a rollback without a failure',
      'APPLY_MALFORMED',
      answer(...both, 'run outcome rolled_back'),
      {},
    ],
    ['tells no outcome', 'APPLY_MALFORMED', answer(...both), {}],
    ['tells an unknown outcome', 'APPLY_MALFORMED', answer(...both, 'run outcome splendid'), {}],
    [
      'tells of a step that nobody asked for',
      'APPLY_MALFORMED',
      answer('step/7 begin unbind', 'run outcome applied'),
      {},
    ],
    ['lets others write into the answer', 'APPLY_MALFORMED', 'provision-begin\tn1\nhello\n', {}],
    ['runs nothing', 'APPLY_NO_ANSWER', 'Welcome!\n', { code: 127, stderr: 'sh: not found' }],
    [
      'has a sudo that asks',
      'SUDO_PASSWORD_REQUIRED',
      '',
      { code: 1, stderr: 'sudo: a password is required' },
    ],
  ]
  for (const [does, code, says, ends] of errors) {
    it(`is ${code} when the host ${does}`, () =>
      rejects(
        () => hear(says, ends, 'sudo'),
        (error) => error instanceof ProvisionError && error.code === code && error.host === 'stor-01',
      ))
  }

  it('gives a result or a ProvisionError, whatever a host says', async () => {
    const line = fc.oneof(fc.constantFrom(...both, 'run outcome applied', 'undo/2 failed x'), fc.string())
    const anything = fc.oneof(
      fc.string(),
      fc
        .array(line, { maxLength: 12 })
        .map((lines) => answer(...lines.map((text) => text.replaceAll('\n', ' ')))),
    )
    await fc.assert(
      fc.asyncProperty(anything, async (says) => {
        try {
          const { result } = await hear(says)
          if (result.outcome === 'applied')
            ok(both.every((event) => says.includes(wireLine(event)) || / begin /.test(event)))
        } catch (error) {
          ok(error instanceof ProvisionError, String(error))
        }
      }),
    )
  })
})

import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parseProgram } from '../../src/agent/parse-program.ts'
import { renderProgram } from '../../src/agent/render-program.ts'
import { runTransaction } from '../../src/apply/transaction.ts'
import { ProvisionError } from '../../src/errors.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { decodeBytes, encodeBytes } from '../../src/probe/bytes.ts'
import { parseMountinfo } from '../../src/probe/mountinfo.ts'
import { parseFacts } from '../../src/probe/parse-facts.ts'
import { renderAnswer, renderFacts } from '../../src/probe/render-facts.ts'
import { Sheet } from '../../src/probe/sheet.ts'
import { type WireLine, WireReader } from '../../src/probe/wire.ts'
import { renderPlan } from '../../src/views/plan-text.ts'
import { whatGarbles } from '../hostile/nasty.ts'
import { declaration } from '../support/declaration.ts'
import { drive, hostFacts } from '../support/facts.ts'
import { programOf } from '../support/program.ts'
import { fuzz, mutated, parsedOrRefused } from './slice.ts'

const folder = new URL('../fixtures/probe/', import.meta.url)
const answers = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => decodeBytes(readFileSync(new URL(name, folder))))
/** Without the frame, which is made anew around what is left. */
const bodies = answers.map((text) =>
  text
    .split('\n')
    .filter((line) => !/provision-(begin|end)\t/.test(line))
    .join('\n'),
)
const spices = [
  '\t',
  '=',
  '-',
  '!',
  '\\040',
  '\\000',
  '-1',
  '99999999999999999999',
  '0000:5e:00.0',
  'nvme0n1',
  '__proto__',
  'dm-0',
  '{}',
  '[]',
  'null',
  '/',
  '',
  '259:0',
  'nvme',
  'vfio-pci',
  '0x010802',
  "'",
  '\0',
]

function read(chunks: readonly Buffer[]): { end: unknown; lines: WireLine[] } {
  const lines: WireLine[] = []
  const reader = new WireReader('n', (line) => lines.push(line))
  for (const chunk of chunks) reader.push(chunk)
  return { end: reader.end(), lines }
}

function cutUp(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

const stamp = { id: '20260301-220000-ab12', at: '2026-03-01T22:00:00.000Z' }

describe('fuzz: what hosts answer', () => {
  const framed = fc.oneof(
    mutated(answers, spices).map((text) => text.replaceAll('\tfixture', '\tn')),
    fc
      .string({ unit: 'binary', maxLength: 200 })
      .map((text) => `provision-begin\tn\n${text}\nprovision-end\tn\t1\n`),
  )
  fuzz(
    'an answer is read the same in whatever pieces it comes',
    fc.tuple(framed.map(encodeBytes), fc.array(fc.nat(), { maxLength: 12 })),
    ([bytes, cuts]) => deepStrictEqual(read(cutUp(bytes, cuts)), read([bytes])),
  )

  const bdfs = [...new Set(bodies.join('\n').match(/(?<=pci\/)[0-9a-f:.]+(?=\tclass\t=\t0x0108)/g) ?? [])]
  fuzz(
    'a real answer that was tampered with gives facts that can be planned and shown, or is refused',
    mutated(bodies, spices),
    (body) => {
      const { lines, end } = read([renderAnswer('n', `${body.replace(/\n+$/, '')}\n`)])
      if ((end as { kind: string }).kind !== 'complete') return
      const sheet = new Sheet()
      for (const line of lines) sheet.add(line)
      const facts = parsedOrRefused(() => parseFacts(sheet))
      if (facts === undefined) return
      for (const inUse of ['refuse', 'release'] as const) {
        const plan = planHost({ declaration: declaration({ spdk: bdfs, inUse }), facts, stamp })
        equal(
          whatGarbles(renderPlan([{ kind: 'planned', plan }], { width: 80, color: false, verbose: true })),
          undefined,
        )
        renderProgram(programOf(plan.steps.map(({ action }) => action)))
      }
    },
  )

  const mountLines = bodies.flatMap((body) => body.match(/(?<=host\tmount\t=\t).*/g) ?? [])
  fuzz(
    'a line of mountinfo gives a mount, or is refused',
    fc.oneof(mutated(mountLines, spices), fc.string({ unit: 'binary' })),
    (line) => parsedOrRefused(() => parseMountinfo(line)),
  )

  const program = programOf([
    { kind: 'hugepages', sizeKiB: 2048, node: 0, from: 0, to: 8 },
    { kind: 'module', module: 'vfio-pci', to: 'loaded' },
  ])
  const subject = fc.constantFrom(
    'step/1',
    'step/2',
    'undo/1',
    'undo/2',
    'step/3',
    'run',
    'lock',
    'recheck',
    'host',
  )
  const attribute = fc.constantFrom(
    'begin',
    'done',
    'noop',
    'failed',
    'hung',
    'outcome',
    'reason',
    'facts',
    'holder',
    'stale',
    'uid',
  )
  const text = fc.constantFrom('applied', 'rolled_back', 'failed', 'refused', 'locked', 'module', '', '0')
  const said = fc.array(fc.tuple(subject, attribute, fc.constantFrom('=', '!', '-'), text), { maxLength: 12 })
  const goodLines = [
    'step/1\tbegin\t=\thugepages',
    'step/1\tdone\t=\t',
    'step/2\tbegin\t=\tmodule',
    'step/2\tnoop\t=\t',
  ]
  fuzz(
    'an apply is a success only where every step was told done and none failed',
    fc.tuple(fc.boolean(), said, fc.boolean()),
    async ([good, more, facts]) => {
      const lines = [...(good ? goodLines : []), ...more.map((words) => words.join('\t'))]
      const body = `${lines.map((line) => `${line}\n`).join('')}${facts ? renderFacts(hostFacts()) : ''}run\toutcome\t=\tapplied\n`
      const bytes = renderAnswer('n1', body)
      const connection = {
        user: 'root',
        exec: async (_: string, { onStdout }: { onStdout: (chunk: Buffer) => void }) => {
          onStdout(bytes)
          return { kind: 'exited', code: 0, stderr: '' } as const
        },
        close: () => {},
      }
      const run = runTransaction(connection, program, { become: 'none', timeoutMs: 1000, onEvent: () => {} })
      const result = await run.catch((error: unknown) => {
        if (error instanceof ProvisionError) return null
        throw error
      })
      if (result?.outcome !== 'applied') return
      for (const id of ['step/1', 'step/2'])
        ok(lines.some((line) => line.startsWith(`${id}\tdone`) || line.startsWith(`${id}\tnoop`)))
      ok(!lines.some((line) => /^step\/\d\t(failed|hung)/.test(line)), lines.join('\n'))
    },
  )

  const rendered = [renderProgram(program), renderProgram(programOf([]))]
  fuzz(
    'a program that was tampered with is read, or is none',
    fc.oneof(mutated(rendered, ["'", "'\\''", '\n', 'step', '}', '</dev/null']), fc.string()),
    (text) => {
      const program = parseProgram(text, 'n')
      if (program !== undefined) ok(Array.isArray(program.steps))
    },
  )

  it('a program with a word of five megabytes is read back', () => {
    const bdf = `${'x'.repeat(5 << 20)}'${"'".repeat(1000)}`
    const large = { ...program, rechecks: [{ bdf, driver: '', serial: '' }] }
    equal(parseProgram(renderProgram(large), large.nonce)?.rechecks[0]?.bdf.length, bdf.length)
  })

  const records = JSON.stringify(
    hostFacts({ drives: [drive({ driver: 'vfio-pci', handedOver: true, on: { mount: '/data' } })] }).drives[0]
      ?.record,
  )
  fuzz(
    'a record that was tampered with is known, unreadable, or refused',
    mutated([records], [...spices, '\\u0000', '"', '{', '__proto__']),
    (text) => {
      const facts = hostFacts({
        drives: [drive({ driver: 'vfio-pci', handedOver: true, on: { mount: '/data' } })],
      })
      const record = `${JSON.stringify(JSON.parse(records).value)}`
      const lines = renderFacts(facts).replace(
        record,
        text.replaceAll('\n', ' ').replace(/^\{"state":"known","value":|\}$/g, ''),
      )
      const { lines: told } = read([renderAnswer('n', lines)])
      const sheet = new Sheet()
      for (const line of told) sheet.add(line)
      const heard = parsedOrRefused(() => parseFacts(sheet))
      if (heard !== undefined)
        planHost({ declaration: declaration({ kernel: ['0000:5e:00.0'] }), facts: heard, stamp })
    },
  )
})

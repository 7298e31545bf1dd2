import { deepStrictEqual, equal, throws } from 'node:assert/strict'
import fc from 'fast-check'
import { applyScript, attachScript, backScript, lockScript } from '../../src/agent/apply-script.ts'
import { parseProgram } from '../../src/agent/parse-program.ts'
import { parseScript } from '../../src/agent/parse-script.ts'
import type { Program } from '../../src/agent/program.ts'
import { renderProgram } from '../../src/agent/render-program.ts'
import { decodeBytes } from '../../src/probe/bytes.ts'
import { hostPath, hostText, word } from '../support/arbitrary-text.ts'

/** Arguments that would like to be structure. */
const traps = fc.constantFrom(
  '',
  "'",
  "'\\''",
  '\nprogram_rechecks() {\n',
  "\nstep 9 'unbind'\n",
  '}\n</dev/null\n',
  '$(reboot)',
)
const plainly = { noNullPrototype: true } as const
const argument = fc.oneof(hostText, hostPath, traps)
const call = fc
  .tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.array(argument, { maxLength: 5 }))
  .map(([kind, args]): Program['steps'][number]['call'] => [kind, ...args])
const programs: fc.Arbitrary<Program> = fc.record(
  {
    nonce: word,
    run: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
    holder: hostText.map((text) => text.replaceAll('\n', ' ')),
    rechecks: fc.array(fc.record({ bdf: argument, driver: argument, serial: argument }, plainly), {
      maxLength: 3,
    }),
    users: fc.array(argument, { maxLength: 2 }),
    steps: fc
      .array(fc.record({ call, undo: fc.array(call, { maxLength: 3 }) }, plainly), { maxLength: 4 })
      .map((steps) => steps.map((step, index) => ({ id: index + 1, ...step }))),
  },
  plainly,
)

describe('a program', () => {
  it('is read back from its text as it was', () => {
    fc.assert(
      fc.property(programs, (program) =>
        deepStrictEqual(parseProgram(renderProgram(program), program.nonce), program),
      ),
    )
  })

  it('is read back from the whole script that a host gets', () => {
    fc.assert(
      fc.property(programs, (program) =>
        deepStrictEqual(parseScript(decodeBytes(applyScript(program))), { kind: 'apply', program }),
      ),
      { numRuns: 20 },
    )
  })

  it('is read back from the script that takes it back, with what is to be taken back and by whom', () => {
    fc.assert(
      fc.property(programs, fc.array(fc.nat(99)), (program, ids) =>
        deepStrictEqual(parseScript(decodeBytes(backScript(program, ids, "eve's desk"))), {
          kind: 'back',
          program,
          ids,
          holder: "eve's desk",
        }),
      ),
      { numRuns: 20 },
    )
  })

  it('is not seen in its own text with anything added, changed or cut off', () => {
    fc.assert(
      fc.property(programs, fc.nat(), fc.constantFrom('', ' ', '\n', 'x', "'"), (program, at, put) => {
        const text = renderProgram(program)
        const cut = at % text.length
        const other = text.slice(0, cut) + put + text.slice(cut + 1)
        const read = parseProgram(other, program.nonce)
        if (read !== undefined) equal(renderProgram(read), other)
        equal(parseProgram(text.slice(0, cut), ''), undefined)
        equal(parseProgram(`${text}reboot\n`, ''), undefined)
      }),
    )
  })

  for (const text of ['', 'echo hello', 'program_rechecks() {\n', "program_rechecks() {\nstep 1 'a\n}\n"]) {
    it(`is not seen in ${JSON.stringify(text)}`, () => equal(parseProgram(text, 'n'), undefined))
  }

  it('is not seen in scripts that only look', () => {
    const attach = { nonce: 'n', run: 'r', seconds: 7, users: ["o'neil"] }
    deepStrictEqual(parseScript(decodeBytes(attachScript(attach))), { kind: 'attach', ...attach })
    const lock = { nonce: 'n', does: 'remove' } as const
    deepStrictEqual(parseScript(decodeBytes(lockScript(lock))), { kind: 'lock', ...lock })
    deepStrictEqual(parseScript('echo hello\n'), { kind: 'other' })
  })

  const plain: Program = { nonce: 'n', run: 'r', holder: 'h', rechecks: [], users: [], steps: [] }
  const bad: [string, Partial<Program>][] = [
    ['a run that names a path', { run: '../etc/passwd' }],
    ['a holder of two lines', { holder: 'a\nb' }],
    ['a kind that is no name', { steps: [{ id: 1, call: ['x;reboot'], undo: [] }] }],
    ['a NUL byte', { steps: [{ id: 1, call: ['mount', '\0'], undo: [] }] }],
  ]
  for (const [what, wrong] of bad) {
    it(`is not written with ${what}`, () => throws(() => renderProgram({ ...plain, ...wrong }), TypeError))
  }
})

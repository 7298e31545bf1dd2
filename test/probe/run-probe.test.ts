import { deepStrictEqual, match, ok, rejects } from 'node:assert/strict'
import fc from 'fast-check'
import { ProvisionError } from '../../src/errors.ts'
import { renderAnswer, renderFacts } from '../../src/probe/render-facts.ts'
import { probeHost } from '../../src/probe/run-probe.ts'
import type { Connection, ExecOutcome } from '../../src/transport/transport.ts'
import { arbitraryFacts } from '../support/arbitrary-facts.ts'

const options = { nonce: 'n1', become: 'sudo', users: [], timeoutMs: 1000, host: 'stor-01' } as const
const exited = (code: number, stderr = ''): ExecOutcome => ({ kind: 'exited', code, stderr })

/** A host that answers any command with `stdout` and `outcome`. */
function hostSaying(stdout: string | Buffer, outcome: ExecOutcome): Connection {
  return {
    user: 'ops',
    exec: async (_, { onStdout }) => {
      onStdout(Buffer.from(stdout))
      return outcome
    },
    close: () => {},
  }
}

describe('probeHost', () => {
  const linux = 'host\tkernel_name\t=\tLinux\nhost\tuid\t=\t0\n'
  const answer = renderAnswer('n1', linux).toString()

  it('reads an answer after what a noisy login shell prints', async () => {
    const facts = await probeHost(hostSaying(`Welcome!\nno newline here${answer}`, exited(0)), options)
    deepStrictEqual([facts.kernelName, facts.uid, facts.drives], ['Linux', 0, []])
    ok(facts.mounts.state === 'unreadable', 'what was not told is not known')
  })

  const sudo =
    'sudo: a terminal is required to read the password; either use the -S option to read from standard input\nsudo: a password is required\n'
  const cases: [name: string, stdout: string, outcome: ExecOutcome, code: string, says: RegExp][] = [
    ['nothing', '', exited(1), 'PROBE_NO_ANSWER', /exit code 1/],
    [
      'a closed account',
      'This account is currently not available.\n',
      exited(1),
      'PROBE_NO_ANSWER',
      /not available/,
    ],
    ['no sh', '', exited(127, 'bash: /bin/sh: No such file'), 'PROBE_NO_ANSWER', /No such file/],
    [
      'the echo of another nonce',
      answer.replaceAll('n1', 'n2'),
      exited(0),
      'PROBE_NO_ANSWER',
      /provision-begin/,
    ],
    ['sudo wants a password', '', exited(1, sudo), 'SUDO_PASSWORD_REQUIRED', /a password is required/],
    [
      'an older sudo wants a password',
      '',
      exited(1, 'sudo: no tty present and no askpass program specified'),
      'SUDO_PASSWORD_REQUIRED',
      /./,
    ],
    [
      'sudo wants a terminal',
      '',
      exited(1, 'sudo: sorry, you must have a tty to run sudo'),
      'SUDO_TTY_REQUIRED',
      /./,
    ],
    ['the user may not', '', exited(1, 'ops is not in the sudoers file.'), 'SUDO_NOT_ALLOWED', /ops/],
    ['no sudo, says sh', '', exited(127, 'sh: 1: exec: sudo: not found'), 'SUDO_MISSING', /./],
    ['no sudo, says bash', '', exited(127, 'bash: line 1: exec: sudo: not found'), 'SUDO_MISSING', /./],
    ['no sudo, says csh', '', exited(1, 'sudo: Command not found.'), 'SUDO_MISSING', /./],
    ['no sudo, says fish', '', exited(127, 'fish: Unknown command: sudo'), 'SUDO_MISSING', /./],
    ['a cut answer', answer.slice(0, answer.indexOf('uid')), exited(0), 'PROBE_TRUNCATED', /after line 1,/],
    [
      'an answer without its end',
      answer.slice(0, answer.indexOf('provision-end')),
      exited(137),
      'PROBE_TRUNCATED',
      /after line 2,/,
    ],
    ['a line lost', answer.replace('host\tuid\t=\t0\n', ''), exited(0), 'PROBE_MALFORMED', /provision-end/],
    [
      'a kernel message in between',
      answer.replace('host\tuid', 'oops\nhost\tuid'),
      exited(0),
      'PROBE_MALFORMED',
      /oops/,
    ],
    [
      'a uid that is none',
      answer.replace('=\t0', '=\troot'),
      exited(0),
      'PROBE_MALFORMED',
      /uid is not a number/,
    ],
    [
      'no kernel name',
      renderAnswer('n1', 'host\tuid\t=\t0\n').toString(),
      exited(0),
      'PROBE_MALFORMED',
      /kernel_name/,
    ],
    [
      'FreeBSD',
      renderAnswer('n1', linux.replace('Linux', 'FreeBSD')).toString(),
      exited(0),
      'NOT_LINUX',
      /FreeBSD/,
    ],
    [
      'a lost connection',
      answer,
      { kind: 'lost', why: 'ECONNRESET', stderr: '' },
      'CONNECTION_LOST',
      /ECONNRESET/,
    ],
    ['no end in time', answer, { kind: 'timed_out', afterMs: 1000, stderr: '' }, 'TIMED_OUT', /1 s/],
    ['a killed shell', answer, { kind: 'signalled', signal: 'KILL', stderr: '' }, 'SIGNALLED', /KILL/],
    ['a flood', '', { kind: 'flooded', bytes: 9, stderr: '' }, 'FLOODED', /9 bytes/],
  ]
  for (const [name, stdout, outcome, code, says] of cases) {
    it(`${name}: ${code}`, async () => {
      await rejects(probeHost(hostSaying(stdout, outcome), options), (error: unknown) => {
        ok(error instanceof ProvisionError)
        deepStrictEqual([error.code, error.host], [code, 'stor-01'])
        match(error.message, says)
        ok((error.hint ?? '').length > 0)
        return true
      })
    })
  }

  it('does not pass on control characters', async () => {
    await rejects(probeHost(hostSaying('\u001b[2J\u0007evil', exited(1)), options), (error: unknown) => {
      match(String(error), /\[2J evil$/)
      return true
    })
  })

  it('gives facts or a ProvisionError whatever a host sends', async () => {
    // One piece of a true answer replaced by something else, inside a frame that is right.
    const mutated = fc
      .tuple(
        arbitraryFacts(),
        fc.nat(),
        fc.nat({ max: 30 }),
        fc.oneof(
          fc.string(),
          fc.constantFrom('\t', '\n', '=', '-1', '9'.repeat(40), '__proto__', '{}', '[]'),
        ),
      )
      .map(([facts, at, length, piece]) => {
        const body = renderFacts(facts)
        const start = at % body.length
        return renderAnswer('n1', body.slice(0, start) + piece + body.slice(start + length))
      })
    await fc.assert(
      fc.asyncProperty(mutated, async (stdout) => {
        await probeHost(hostSaying(stdout, exited(0)), options).catch((error: unknown) => {
          ok(error instanceof ProvisionError, String(error))
        })
      }),
      { numRuns: 300, endOnFailure: true },
    )
  })
})

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { SshPrompts } from '../transport/ssh2.ts'
import { printable, printableLines } from '../views/printable.ts'
import type { Progress } from '../views/progress.ts'
import { canAsk, type Terminal } from './terminal.ts'

/** Asks for one line. */
export async function ask(terminal: Terminal, question: string): Promise<string> {
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr })
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}

/** Asks for one line that is not shown. */
export async function askHidden(terminal: Terminal, question: string): Promise<string> {
  terminal.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: terminal.stdin, output: nowhere, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    terminal.stderr.write('\n')
  }
}

/** The questions of an SSH login, asked while the progress display stands aside; undefined where nobody can answer. */
export function sshPrompts(terminal: Terminal, progress: Progress): SshPrompts | undefined {
  if (!canAsk(terminal)) return undefined
  return {
    confirmHostKey: ({ host, knownAs, keyType, fingerprint, otherKnownTypes, file }) =>
      progress.suspended(async () => {
        const others =
          otherKnownTypes.length === 0
            ? ''
            : `\nKeys of other types are known for it (${otherKnownTypes.join(', ')}): be careful.`
        const answer = await ask(
          terminal,
          // The type of the key is what the other side says it is, and nobody trusts it yet.
          printableLines(
            `The host key of ${host} (${knownAs}) is not known.${others}\n${keyType} ${fingerprint}\nTrust it${file === null ? '' : ` and record it in ${file}`}? Only 'yes' will be accepted: `,
          ),
        )
        return answer === 'yes'
      }),
    passphrase: ({ file, attempt }) =>
      progress.suspended(async () => {
        const again = attempt > 1 ? 'That was not it. ' : ''
        const answer = await askHidden(
          terminal,
          printable(`${again}Passphrase for ${file} (empty: go on without it): `),
        )
        return answer === '' ? null : answer
      }),
  }
}

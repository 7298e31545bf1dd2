import { Readable, Writable } from 'node:stream'
import { main } from '../../src/cli/main.ts'
import type { Output } from '../../src/cli/terminal.ts'
import './state-folder.ts'

/** What one command line printed, and how it ended. */
export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs `provision …` in this process, without a terminal. */
export function provision(...argv: string[]): Promise<Ran> {
  return provisionWatched(argv, () => {})
}

/** The same, and `onStderr` gets all that was said on stderr so far, each time something is added. */
export async function provisionWatched(argv: string[], onStderr: (text: string) => void): Promise<Ran> {
  const stdout = collector(() => {})
  const stderr = collector(onStderr)
  const code = await main(argv, { stdout: stdout.stream, stderr: stderr.stream, stdin: Readable.from([]) })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

function collector(onText: (text: string) => void): { stream: Output; text(): string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      onText(Buffer.concat(chunks).toString('utf8'))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}

import type { Client, ClientChannel } from 'ssh2'
import { type Ending, ExecRun } from '../exec-run.ts'
import type { ExecOptions, ExecOutcome } from '../transport.ts'

/** Runs one command on a ready client. `whyLost` is asked for words once the connection is known to be gone. */
export function execOn(
  client: Client,
  command: string,
  options: ExecOptions,
  whyLost: () => string,
): Promise<ExecOutcome> {
  let channel: ClientChannel | undefined
  let abandoned = false
  const run = new ExecRun(options, () => {
    abandoned = true
    channel?.close()
  })
  try {
    client.exec(command, (error, stream) => {
      if (error) return run.end({ kind: 'lost', why: notStarted(error, whyLost) })
      channel = stream
      // Both are read to their end whatever happens: an unread pipe stops the other one, and `close` with them.
      stream.on('data', (chunk: Buffer) => run.stdout(chunk))
      stream.stderr.on('data', (chunk: Buffer) => run.stderr(chunk))
      stream.on('error', () => {})
      if (abandoned) {
        stream.close()
        return
      }
      let exit: Ending | undefined
      stream.on('exit', (code: number | null, signal?: string) => {
        exit = code === null ? { kind: 'signalled', signal: signal ?? 'unknown' } : { kind: 'exited', code }
      })
      // A connection that dies closes the stream like a command that ends; only `exit` tells them apart.
      stream.on('close', () => run.end(exit ?? { kind: 'lost', why: whyLost() }))
      stream.end(options.stdin)
    })
  } catch {
    // ssh2 throws where the connection is gone already.
    run.end({ kind: 'lost', why: whyLost() })
  }
  return run.outcome
}

function notStarted(error: Error, whyLost: () => string): string {
  const refused = /Channel open failure: (.*)/.exec(error.message)?.[1]
  if (refused !== undefined) {
    return `the host refused another session on this connection (${refused}; MaxSessions in its sshd_config)`
  }
  return /Unable to exec/.test(error.message) ? 'the host refused to run the command' : whyLost()
}

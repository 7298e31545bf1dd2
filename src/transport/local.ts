import { spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import { ExecRun } from './exec-run.ts'
import type { Connection, ExecOptions, ExecOutcome, Transport } from './transport.ts'

/** This machine, without SSH. The outcomes are those of a remote host, so that nothing above can tell. */
export function createLocalTransport(): Transport {
  const user = process.getuid?.() === 0 ? 'root' : userInfo().username
  const connection: Connection = { user, exec: execHere, close: () => {} }
  return { connect: async () => connection, close: async () => {} }
}

function execHere(command: string, options: ExecOptions): Promise<ExecOutcome> {
  // Its own process group, as on a remote host: Ctrl-C here must not kill a transaction half way.
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const run = new ExecRun(options, () => {
    // As sshd does when a channel is closed: the pipes go, the process may live on.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy()
    child.unref()
  })
  child.stdout.on('data', (chunk: Buffer) => run.stdout(chunk))
  child.stderr.on('data', (chunk: Buffer) => run.stderr(chunk))
  // EPIPE of a command that does not read its input: its exit code tells what matters.
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin)
  child.on('error', (error) =>
    run.end({ kind: 'lost', why: `/bin/sh could not be started: ${error.message}` }),
  )
  child.on('close', (code, signal) => {
    if (code !== null) run.end({ kind: 'exited', code })
    else run.end({ kind: 'signalled', signal: signal ?? 'unknown' })
  })
  return run.outcome
}

import { probeScript } from '../agent/scripts.ts'
import { ProvisionError } from '../errors.ts'
import { type Connection, type ExecOutcome, shellCommand } from '../transport/transport.ts'
import { type ExecContext, execError, outcomeError, said, sudoError } from './exec-errors.ts'
import type { HostFacts } from './facts.ts'
import { parseFacts } from './parse-facts.ts'
import { malformed, Sheet } from './sheet.ts'
import { type WireEnd, WireReader } from './wire.ts'

/** Several times what the largest host tells: 300 drives and 10,000 container mounts make 4 MiB. */
const MAX_ANSWER_BYTES = 16 << 20

export interface ProbeOptions {
  /** Fresh for each probe, so that nothing else on the stream can pass for an answer. Letters and digits. */
  nonce: string
  become: 'none' | 'sudo'
  /** Users whose primary group is wanted. */
  users: readonly string[]
  timeoutMs: number
  /** Name of the host in errors. */
  host?: string
}

/**
 * What the host has, by one exec. Rejects with a ProvisionError and nothing else: `SUDO_*`, `NOT_LINUX`,
 * `PROBE_NO_ANSWER`, `PROBE_TRUNCATED`, `PROBE_MALFORMED`, `CONNECTION_LOST`, `TIMED_OUT`, `SIGNALLED`, `FLOODED`.
 */
export async function probeHost(connection: Connection, options: ProbeOptions): Promise<HostFacts> {
  const sheet = new Sheet()
  const reader = new WireReader(options.nonce, (line) => sheet.add(line))
  const outcome = await connection.exec(shellCommand(options.become), {
    stdin: probeScript(options),
    onStdout: (chunk) => reader.push(chunk),
    timeoutMs: options.timeoutMs,
    maxStdoutBytes: MAX_ANSWER_BYTES,
  })
  const context: ExecContext = { become: options.become, what: 'the probe', ...nameOf(options.host) }
  const failure = outcomeError(outcome, context) ?? endError(reader.end(), outcome, context)
  if (failure !== undefined) throw failure
  return factsOf(sheet, context)
}

function nameOf(host: string | undefined): { host?: string } {
  return host === undefined ? {} : { host }
}

function factsOf(sheet: Sheet, context: ExecContext): HostFacts {
  const kernelName = sheet.fact('host', 'kernel_name')
  if (kernelName.state === 'known' && kernelName.value !== 'Linux') {
    throw execError(
      context,
      'NOT_LINUX',
      `This host does not run Linux and nothing on it was touched. Its kernel${said(kernelName.value)}`,
      'Take it out of the hosts file.',
    )
  }
  try {
    return parseFacts(sheet)
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    throw execError(context, error.code, error.message, error.hint ?? '')
  }
}

function endError(end: WireEnd, outcome: ExecOutcome, context: ExecContext): ProvisionError | undefined {
  switch (end.kind) {
    case 'complete':
      return undefined
    case 'malformed':
      return execError(context, 'PROBE_MALFORMED', malformed(`a line${said(end.line)}`).message, moreHint)
    case 'truncated':
      return execError(
        context,
        'PROBE_TRUNCATED',
        `The probe's answer breaks off after line ${end.lines}, so none of it is used${said(outcome.stderr)}`,
        'Run it again. If it stays, look on the host for what ends processes: ulimits, the out-of-memory killer, a full disk under the login shell.',
      )
    case 'not_begun':
      return (
        sudoError(outcome.stderr, context) ??
        sudoError(end.noise, context) ??
        noAnswer(end.noise, outcome, context)
      )
  }
}

const moreHint =
  'Something else wrote into the answer. Run it again; if it stays, look at what sh, PATH and the login shell are on the host.'

function noAnswer(noise: string, outcome: ExecOutcome, context: ExecContext): ProvisionError {
  const code = outcome.kind === 'exited' ? ` (exit code ${outcome.code})` : ''
  const words = [outcome.stderr, noise].filter((text) => text.trim() !== '').join(' / ')
  const command = shellCommand(context.become)
  return execError(
    context,
    'PROBE_NO_ANSWER',
    `The host ran no probe${code}${said(words)}`,
    `Try it by hand: \`echo 'echo it works' | ssh HOST '${command}'\`.`,
  )
}

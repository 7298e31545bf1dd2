import { ProvisionError } from '../../../src/errors.ts'
import type { Connection, ExecOptions, ExecOutcome } from '../../../src/transport/transport.ts'

export interface Ran {
  outcome: ExecOutcome
  stdout: string
}

/** Runs a command to its end, with limits that do not matter unless given. */
export async function run(
  connection: Connection,
  command: string,
  options: Partial<Omit<ExecOptions, 'stdin'>> & { stdin?: string } = {},
): Promise<Ran> {
  const chunks: Buffer[] = []
  const outcome = await connection.exec(command, {
    onStdout: (chunk) => chunks.push(chunk),
    timeoutMs: 15_000,
    maxStdoutBytes: 64 << 20,
    ...options,
    stdin: Buffer.from(options.stdin ?? ''),
  })
  return { outcome, stdout: Buffer.concat(chunks).toString() }
}

/** The ProvisionError that a promise must reject with. */
export async function refusal(promise: Promise<unknown>): Promise<ProvisionError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ProvisionError) return error
    throw error
  }
  throw new Error('it was not refused')
}

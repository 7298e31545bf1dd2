import type { HostDeclaration } from '../config/declaration.ts'

/**
 * The wire between here and a host. A transport opens connections; a connection runs one command at a time or a few.
 * Implementations: ssh2.ts (default), local.ts. Nothing above this knows which.
 */
export interface Transport {
  /** Rejects with a ProvisionError (`HOST_UNREACHABLE`, `HOST_KEY_UNKNOWN`, `HOST_KEY_CHANGED`, `AUTH_FAILED`, …). */
  connect(host: Pick<HostDeclaration, 'name' | 'address' | 'ssh'>): Promise<Connection>
  /** Closes what is shared between hosts, such as connections to bastions. */
  close(): Promise<void>
}

export interface Connection {
  /** The user that commands run as, from the hosts file or ssh_config; `resolveBecome` needs it. */
  readonly user: string
  /**
   * Runs `command` on the host. The command line is parsed by the user's login shell, which may be csh or fish: keep
   * it to plain words. Resolves always; how it went is the outcome's kind.
   */
  exec(command: string, options: ExecOptions): Promise<ExecOutcome>
  close(): void
}

export interface ExecOptions {
  /** Written to the command's standard input, which is then closed. */
  stdin: Buffer
  /** Called with each piece of standard output as it arrives. Must not throw. */
  onStdout: (chunk: Buffer) => void
  /** Gives up after this long; the remote process may live on. */
  timeoutMs: number
  /** Standard output, or standard error, beyond this ends the exec as `flooded`. */
  maxStdoutBytes: number
}

/**
 * How a remote command ended. Only `exited` tells anything of its success: a connection that dies in the middle
 * gives no exit code at all, and must never be taken for one of 0. `stderr` holds the last 8 KiB.
 */
export type ExecOutcome =
  | { kind: 'exited'; code: number; stderr: string }
  | { kind: 'signalled'; signal: string; stderr: string }
  | { kind: 'lost'; why: string; stderr: string }
  | { kind: 'timed_out'; afterMs: number; stderr: string }
  | { kind: 'flooded'; bytes: number; stderr: string }

/**
 * The command line that starts our sh script from standard input. `exec` and plain words only: valid in sh, csh and fish.
 * `-n`: sudo must fail rather than ask, nobody is there to answer.
 */
export function shellCommand(become: 'none' | 'sudo'): string {
  return become === 'sudo' ? 'exec sudo -n /bin/sh -s' : 'exec /bin/sh -s'
}

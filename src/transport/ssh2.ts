import { hostname, userInfo } from 'node:os'
import type { SshSettings } from '../config/declaration.ts'
import { ProvisionError } from '../errors.ts'
import { createConfigSource } from './ssh/config-source.ts'
import { execOn } from './ssh/exec.ts'
import type { Keepalive } from './ssh/handshake.ts'
import { Bastions } from './ssh/jump.ts'
import { Logins } from './ssh/login.ts'
import type { SshPrompts } from './ssh/prompts.ts'
import { endSession, type Session } from './ssh/session.ts'
import { type LocalIdentity, type SshTarget, settleTarget } from './ssh/target.ts'
import type { Connection, ExecOptions, ExecOutcome, Transport } from './transport.ts'

export type { HostKeyQuestion, SshPrompts } from './ssh/prompts.ts'

export interface Ssh2Options {
  /** Who answers for unknown host keys and passphrases; without it they are refused. */
  prompts?: SshPrompts
  /** Logins going on at once with one sshd. */
  maxHandshakes?: number
  /** Until the connection stands; ConnectTimeout of ssh_config comes before it. */
  connectTimeoutMs?: number
  /** From there until the login is done. Long: a host under load, or in an emulator, takes its time. */
  handshakeTimeoutMs?: number
  /** How soon a peer that went silent counts as lost. */
  keepalive?: Keepalive
  /** The `ssh` that is asked for settings; null to read ssh_config without it. */
  sshBinary?: string | null
  /** Read this ssh_config alone, as `ssh -F` does. */
  configFile?: string
  /** Who runs this program; by default what the system says. */
  local?: LocalIdentity
}

/** SSH within this process. Host keys are always verified; nothing is ever sent to a host that is not known. */
export function createSsh2Transport(options: Ssh2Options = {}): Transport {
  const local = options.local ?? whoRunsThis()
  const config = createConfigSource({
    home: local.home,
    sshBinary: options.sshBinary === undefined ? 'ssh' : options.sshBinary,
    configFile: options.configFile ?? null,
  })
  const resolve = async (host: string, settings: SshSettings): Promise<SshTarget> => {
    const { user, port } = settings
    return settleTarget({ host, settings }, await config.query({ host, user, port }), local)
  }
  const logins = new Logins({
    prompts: options.prompts ?? null,
    maxHandshakes: options.maxHandshakes ?? 8,
    connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? 60_000,
    keepalive: options.keepalive ?? { intervalMs: 10_000, countMax: 3 },
  })
  const bastions = new Bastions({ resolve, login: (target, route) => logins.login(target, route) })
  return {
    async connect({ name, address, ssh }) {
      try {
        const target = await resolve(address, ssh)
        const route = await bastions.route(target.jump, ssh)
        return new Ssh2Connection(await logins.login(target, route), target.user)
      } catch (error) {
        throw ofHost(name, address, error)
      }
    },
    close: () => bastions.close(),
  }
}

class Ssh2Connection implements Connection {
  readonly user: string
  readonly #session: Session
  /** Why it is gone; null while it stands. A client that had an error is never used again. */
  #gone: string | null = null

  constructor(session: Session, user: string) {
    this.user = user
    this.#session = session
    const { client, stream } = session
    client.on('error', (error) => {
      this.#gone ??= `the connection failed: ${error.message}`
      stream.destroy()
    })
    client.on('close', () => {
      this.#gone ??= 'the connection was closed by the other side'
    })
  }

  exec(command: string, options: ExecOptions): Promise<ExecOutcome> {
    const why = () => this.#gone ?? 'the connection was lost, and nothing says why'
    if (this.#gone !== null) return Promise.resolve({ kind: 'lost', why: this.#gone, stderr: '' })
    return execOn(this.#session.client, command, options, why)
  }

  close(): void {
    if (this.#gone !== null) return
    this.#gone = 'it was closed here'
    endSession(this.#session)
  }
}

/** The error under the name that the hosts file has for the host. */
function ofHost(name: string, address: string, error: unknown): unknown {
  if (!(error instanceof ProvisionError) || error.host !== undefined) return error
  const message =
    error.message.startsWith(name) || name === address ? error.message : `${name}: ${error.message}`
  return new ProvisionError(error.code, message, {
    host: name,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  })
}

function whoRunsThis(): LocalIdentity {
  // The passwd entry counts for ssh, and not $HOME.
  const { username, uid, homedir } = userInfo()
  return { user: username, uid, home: homedir, hostname: hostname(), variables: process.env }
}

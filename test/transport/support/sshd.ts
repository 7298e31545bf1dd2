import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Why real servers cannot be tested here; null if they can. */
export const whyNoSshd = existsSync('/usr/sbin/sshd')
  ? null
  : '/usr/sbin/sshd is missing (package openssh-server)'

export const me = userInfo().username

/** A folder of keys and servers of its own, removed by `close`. Everything listens on the loopback alone. */
export class SshLab {
  readonly dir = mkdtempSync(join(tmpdir(), 'provision-ssh-'))
  readonly #children: ChildProcess[] = []

  constructor() {
    this.write('authorized_keys', '')
    this.write('ssh_config', '')
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  /** Writes a file and says where it is. */
  write(name: string, text: string): string {
    writeFileSync(this.path(name), text, { mode: 0o600 })
    return this.path(name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  /** A new key pair, and the path of its private half. */
  key(name: string, options: { type?: string; passphrase?: string } = {}): string {
    const { type = 'ed25519', passphrase = '' } = options
    // One round of key derivation: ssh2 does it in JavaScript, which is slow by design.
    const cheap = type === 'rsa' ? ['-b', '2048', '-a', '1'] : ['-a', '1']
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      type,
      ...cheap,
      '-N',
      passphrase,
      '-C',
      name,
      '-f',
      this.path(name),
    ])
    return this.path(name)
  }

  authorize(...names: string[]): void {
    this.write('authorized_keys', names.map((name) => this.read(`${name}.pub`)).join(''))
  }

  /** `name` decides on the host key; `settings` go first, so they win. */
  async sshd(name: string, settings: string[] = []): Promise<Sshd> {
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const hostKey = existsSync(this.path(name)) ? this.path(name) : this.key(name)
    const port = await freePort()
    const config = [
      ...settings,
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${this.path('authorized_keys')}`,
      `PidFile ${this.path(`${name}.pid`)}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      ...penalties,
    ]
    const file = this.write(`${name}.config`, `${config.join('\n')}\n`)
    const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#children.push(child)
    const log: string[] = []
    child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()))
    await listening(port, log)
    const [type = '', key = ''] = this.read(`${name}.pub`).split(' ')
    return {
      port,
      type,
      key,
      hostKey,
      knownHost: `[127.0.0.1]:${port} ${type} ${key}\n`,
      log,
      sessions: () => childrenOf(child),
    }
  }

  /** An agent with these keys, and its socket. */
  async agent(...keys: string[]): Promise<string> {
    const socket = this.path(`agent-${this.#children.length}`)
    this.#children.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }))
    while (!existsSync(socket)) await sleep(5)
    for (const key of keys) {
      execFileSync('ssh-add', ['-q', this.path(key)], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
    }
    return socket
  }

  close(): void {
    for (const child of this.#children) child.kill()
    rmSync(this.dir, { recursive: true, force: true })
  }
}

export interface Sshd {
  port: number
  type: string
  /** Base64. */
  key: string
  /** Path of the private host key. */
  hostKey: string
  /** The line of known_hosts that is right for this server. */
  knownHost: string
  log: string[]
  /** Process ids of the logins that go on. */
  sessions(): number[]
}

/** Since OpenSSH 9.8 an address that fails a few logins is shut out; older ones do not know the option. */
const penalties = spawnSync('/usr/sbin/sshd', [
  '-T',
  '-o',
  'PerSourcePenalties=no',
  '-f',
  '/dev/null',
]).stderr?.includes('Bad configuration option')
  ? []
  : ['PerSourcePenalties no']

function childrenOf({ pid }: ChildProcess): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function listening(port: number, log: string[]): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (open) return
    await sleep(10)
  }
  throw new Error(`sshd did not come up: ${log.join('')}`)
}

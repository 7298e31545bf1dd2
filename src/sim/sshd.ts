import { createServer, type Server as NetServer, type Socket } from 'node:net'
import ssh2, { type AuthContext, type ServerChannel } from 'ssh2'
import type { FleetKeys } from './keys.ts'

/** One listener on the loopback that speaks SSH as one host's sshd does. */
export interface Sshd {
  port: number
  close(): Promise<void>
}

/** A command that somebody runs on the host, and its standard input once that is at its end. */
export interface Execution {
  command: string
  stdin: Buffer
  write(bytes: Buffer): void
  writeError(text: string): void
  /** Tears every connection to this host, as a pulled cable does. */
  cut(): void
}

/** Listens on a free port of 127.0.0.1. `run` resolves to the exit code of each command. */
export async function startSshd(
  keys: FleetKeys,
  run: (execution: Execution) => Promise<number>,
): Promise<Sshd> {
  const sockets = new Set<Socket>()
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const sshd = new ssh2.Server({ hostKeys: [keys.host.private] }, (client) => {
    // A client that goes away in mid-sentence is no error of ours.
    client.on('error', () => {})
    client.on('authentication', (attempt) => {
      if (isAuthorized(attempt, keys.client.public)) attempt.accept()
      else attempt.reject(['publickey'])
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        serve(acceptExec(), command, cut, run)
      })
    })
  })
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    sshd.injectSocket(socket)
  })
  const port = await listening(listener)
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        cut()
      }),
  }
}

function listening(listener: NetServer): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = listener.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

const { parseKey } = ssh2.utils

/** Public key only, and only the fleet's own. A client first asks whether a key would do, without a signature. */
function isAuthorized(attempt: AuthContext, authorized: string): boolean {
  const key = parseKey(authorized)
  if (key instanceof Error || attempt.method !== 'publickey') return false
  if (!key.getPublicSSH().equals(attempt.key.data)) return false
  const { blob, signature, hashAlgo } = attempt
  if (signature === undefined) return true
  return blob !== undefined && key.verify(blob, signature, hashAlgo) === true
}

function serve(
  channel: ServerChannel,
  command: string,
  cut: () => void,
  run: (execution: Execution) => Promise<number>,
): void {
  const pieces: Buffer[] = []
  channel.on('error', () => {})
  channel.on('data', (piece: Buffer) => pieces.push(piece))
  channel.once('end', async () => {
    const code = await run({
      command,
      stdin: Buffer.concat(pieces),
      write: (bytes) => {
        if (channel.writable) channel.write(bytes)
      },
      writeError: (text) => {
        if (channel.writable) channel.stderr.write(text)
      },
      cut,
    })
    if (!channel.writable) return
    channel.exit(code)
    channel.end()
  })
}

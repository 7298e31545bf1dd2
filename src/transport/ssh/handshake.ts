import type { Duplex } from 'node:stream'
import ssh2, { type ServerHostKeyAlgorithm } from 'ssh2'
import type { KeyOffer } from './auth.ts'
import type { Session } from './session.ts'

/** What came of one attempt to log in over an open stream. */
export type HandshakeResult =
  | { kind: 'ready'; session: Session }
  /** Hung up before keys were exchanged: what an sshd over its MaxStartups does. Worth another try. */
  | { kind: 'dropped'; why: string }
  /** `verify` said no. */
  | { kind: 'host_key_declined' }
  | { kind: 'auth_failed'; why: string }
  /** No algorithm of this class in common, e.g. `key exchange algorithm`. */
  | { kind: 'no_common'; what: string }
  | { kind: 'timed_out' }
  | { kind: 'failed'; why: string }

export interface HandshakeOptions {
  stream: Duplex
  user: string
  /** Decides on the host's key at once. Called again when keys are renewed in a long connection. */
  verify: (key: Buffer) => boolean
  /** Most wanted first. */
  hostKeyAlgorithms: ServerHostKeyAlgorithm[]
  offer: KeyOffer
  timeoutMs: number
  keepalive: Keepalive
}

/** A peer that answers nothing is given up after `intervalMs * (countMax + 1)`. */
export interface Keepalive {
  intervalMs: number
  countMax: number
}

/** Exchanges keys, verifies the host, authenticates. Never rejects; a client that is not ready is destroyed. */
export function handshake(options: HandshakeOptions): Promise<HandshakeResult> {
  const client = new ssh2.Client()
  return new Promise((resolve) => {
    let keysExchanged = false
    let declined = false
    const settle = (result: HandshakeResult) => {
      client.removeListener('error', onError).removeListener('close', onClose)
      if (result.kind !== 'ready') {
        // Errors keep coming from a client that is going down; unheard they would end the process.
        client.on('error', () => {})
        options.stream.destroy()
      }
      resolve(result)
    }
    const onError = (error: Error & { level?: string }) => {
      // One agent key that cannot sign: ssh2 goes on to the next.
      if (error.level === 'agent') return
      settle(declined ? { kind: 'host_key_declined' } : classify(error, keysExchanged))
    }
    const onClose = () => {
      if (declined) settle({ kind: 'host_key_declined' })
      else if (keysExchanged)
        settle({ kind: 'failed', why: 'it closed the connection before the login was done' })
      else settle({ kind: 'dropped', why: 'it closed the connection' })
    }
    client.on('error', onError).on('close', onClose)
    client.once('handshake', () => {
      keysExchanged = true
    })
    client.once('ready', () => settle({ kind: 'ready', session: { client, stream: options.stream } }))
    client.connect({
      sock: options.stream,
      username: options.user,
      readyTimeout: options.timeoutMs,
      keepaliveInterval: options.keepalive.intervalMs,
      keepaliveCountMax: options.keepalive.countMax,
      algorithms: { serverHostKey: options.hostKeyAlgorithms },
      // Not `hostHash`: the key itself must be compared.
      hostVerifier: (key: Buffer) => {
        declined = !options.verify(key)
        return !declined
      },
      authHandler: (left, partial, next) => {
        const method = options.offer.next(left, partial)
        // The types leave out `false`, which is how ssh2 is told that there is nothing left.
        next(method as Exclude<typeof method, false>)
      },
    })
  })
}

function classify(
  error: Error & { level?: string; code?: unknown },
  keysExchanged: boolean,
): HandshakeResult {
  const { message, level } = error
  const noCommon = /no matching (.+)/.exec(message)?.[1]
  if (noCommon !== undefined) return { kind: 'no_common', what: noCommon }
  if (level === 'client-authentication' || /too many authentication failures/i.test(message)) {
    return { kind: 'auth_failed', why: message }
  }
  if (level === 'client-timeout') return { kind: 'timed_out' }
  if (!keysExchanged && (level === 'client-socket' || /lost before handshake/.test(message))) {
    return { kind: 'dropped', why: message }
  }
  return { kind: 'failed', why: message }
}

const algorithmsOfType: Record<string, ServerHostKeyAlgorithm[]> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
}

/** All that ssh2 can verify, those for key types that are known first. */
export function hostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const first = knownTypes.flatMap((type) => algorithmsOfType[type] ?? [])
  return [...new Set([...first, ...Object.values(algorithmsOfType).flat()])]
}

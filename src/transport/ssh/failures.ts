import { ProvisionError } from '../../errors.ts'
import type { Candidate, KeyOffer } from './auth.ts'
import type { HandshakeResult } from './handshake.ts'
import type { Identity } from './identities.ts'
import type { Reached } from './reach.ts'
import { shellWords } from './shell-words.ts'
import type { SshTarget } from './target.ts'

/** Who was to be reached, and through which hop. */
export interface Whom {
  target: SshTarget
  via: string | null
}

/** The command that shows the same trouble by hand. */
function tryByHand({ target, via }: Whom): string {
  const port = target.port === 22 ? [] : ['-p', String(target.port)]
  const jump = via === null ? [] : ['-J', via]
  return shellWords(['ssh', '-v', ...jump, ...port, `${target.user}@${target.host}`, 'true'])
}

export function unreachable(whom: Whom, failure: Extract<Reached, { kind: 'failed' }>): ProvisionError {
  const advice: Record<string, string> = {
    ECONNREFUSED: 'Check the port, and that sshd runs there.',
    ENOTFOUND: 'Check the spelling, or set `address:` in the hosts file.',
    EPROHIBITED: 'Allow it there: AllowTcpForwarding yes (and PermitOpen) in its sshd_config.',
  }
  return new ProvisionError('HOST_UNREACHABLE', `${whom.target.alias} cannot be reached: ${failure.why}.`, {
    hint: `${advice[failure.code] ?? 'Check that it is up and that no firewall is between.'} By hand: ${tryByHand(whom)}`,
  })
}

/** For every outcome of a handshake that is not about host key or login. */
export function handshakeFailed(
  whom: Whom,
  result: Extract<HandshakeResult, { kind: 'dropped' | 'no_common' | 'timed_out' | 'failed' }>,
  timeoutMs: number,
): ProvisionError {
  const { alias } = whom.target
  switch (result.kind) {
    case 'dropped':
      return new ProvisionError(
        'HANDSHAKE_FAILED',
        `${alias} takes connections and hangs up at once, each time: ${result.why}. It is no SSH server, or its ` +
          'sshd has more connections waiting than MaxStartups allows, or it shuts this address out for a while.',
        { hint: `See what it answers: ${tryByHand(whom)}` },
      )
    case 'no_common':
      return new ProvisionError(
        'HANDSHAKE_FAILED',
        `${alias} and provision have no ${result.what} in common. ${spoken(result.what)}`,
        { hint: `See what it offers: ${tryByHand(whom).replace('ssh -v', 'ssh -vv')}` },
      )
    case 'timed_out':
      return new ProvisionError(
        'HOST_UNREACHABLE',
        `${alias} took the connection, but the login was not done within ${timeoutMs / 1000} s.`,
        {
          hint: `It may be overloaded, or DNS may hang on it (UseDNS in its sshd_config). By hand: ${tryByHand(whom)}`,
        },
      )
    case 'failed':
      return new ProvisionError('HANDSHAKE_FAILED', `${alias} could not be logged in to: ${result.why}.`, {
        hint: `By hand: ${tryByHand(whom)}`,
      })
  }
}

/** What there is on our side, for the person who has to bring both sides together. */
function spoken(what: string): string {
  if (what.startsWith('key exchange')) {
    return 'Ours are curve25519, ECDH over the NIST curves and Diffie-Hellman; none of them is post-quantum.'
  }
  if (what.startsWith('host key')) return 'Ours are ed25519, ECDSA and RSA keys without certificates.'
  if (what.includes('cipher')) return 'Ours are AES-GCM, AES-CTR and chacha20-poly1305.'
  return what.includes('MAC') ? 'Ours are HMAC with SHA-2 and SHA-1.' : ''
}

/** `offered` over all attempts; `why` as the server or ssh2 put it; `notes` on keys that could not be offered. */
export function authFailed(
  whom: Whom,
  offered: readonly Candidate[],
  last: KeyOffer | null,
  why: string | null,
  notes: readonly string[],
): ProvisionError {
  const { target } = whom
  const tried = offered.map(({ label }) => label).join('; ') || 'no key at all, as there was none to offer'
  const parts = [`${target.alias} did not let ${target.user} in. Tried: ${tried}.`]
  if (notes.length > 0) parts.push(`Not tried: ${notes.join('; ')}.`)
  const wants = last?.serverAccepts ?? null
  if (last?.partial) parts.push(`A key was accepted, but the host also wants ${wants?.join(', ') ?? 'more'}.`)
  else if (wants !== null && !wants.includes('publickey')) {
    parts.push(`The host takes no keys, only ${wants.join(', ')}.`)
  }
  return new ProvisionError('AUTH_FAILED', parts.join(' '), { hint: authHint(whom, offered, why) })
}

function authHint(whom: Whom, offered: readonly Candidate[], why: string | null): string {
  if (why !== null && /too many/i.test(why)) {
    return (
      'The host hung up after too many keys. Name the right one: `identity_file:` under `ssh:` in the hosts file, ' +
      'or IdentityFile with `IdentitiesOnly yes` in ~/.ssh/config.'
    )
  }
  if (offered.length === 0) {
    return (
      'Name a key (`identity_file:` under `ssh:` in the hosts file), or load one into the agent: ' +
      shellWords(['ssh-add', ...whom.target.identityFiles.slice(0, 1)])
    )
  }
  const port = whom.target.port === 22 ? [] : ['-p', String(whom.target.port)]
  const copy = shellWords(['ssh-copy-id', ...port, `${whom.target.user}@${whom.target.host}`])
  return `If the user is right, let one of these keys in: ${copy}`
}

/** What is to be said of an identity that was not offered; null for what nobody would miss. */
export function noteOn(identity: Identity, named: boolean): string | null {
  switch (identity.kind) {
    case 'ready':
      return null
    case 'locked':
      return `${identity.file}: it is encrypted and not in the agent, and there is no terminal to ask for its passphrase`
    case 'missing':
      return named ? `${identity.file}: there is no such key file` : null
    case 'unusable':
      return `${identity.file}: ${identity.why}`
  }
}

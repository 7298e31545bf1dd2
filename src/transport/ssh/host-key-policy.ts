import { ProvisionError } from '../../errors.ts'
import { fingerprint, type HostKeyName, type HostKeyVerdict, hostKeyName, keyTypeOf } from './known-hosts.ts'
import type { HostKeyQuestion } from './prompts.ts'
import { shellWords } from './shell-words.ts'
import type { SshTarget } from './target.ts'

/** A key that a host presented, and where. */
export interface PresentedKey {
  target: SshTarget
  /** The hop that it was reached through, as ssh would be told with -J; null for a direct connection. */
  via: string | null
  key: Buffer
}

export type HostKeyDecision =
  | { kind: 'trust' }
  /** Trust it and put it into known_hosts. */
  | { kind: 'record' }
  /** `refusal` is the error if the answer is no. */
  | { kind: 'ask'; question: HostKeyQuestion; refusal: ProvisionError }
  | { kind: 'refuse'; error: ProvisionError }

/** The names in known_hosts of the host that `target` connects to. */
export function nameInKnownHosts(target: SshTarget): HostKeyName {
  return hostKeyName(target.host, target.port, target.hostKeyAlias)
}

/** What to do with a presented key. `canAsk`: there is a person to answer. */
export function decideHostKey(
  presented: PresentedKey,
  verdict: HostKeyVerdict,
  canAsk: boolean,
): HostKeyDecision {
  const { target } = presented
  switch (verdict.kind) {
    case 'match':
      return { kind: 'trust' }
    case 'changed':
      return { kind: 'refuse', error: changed(presented, verdict) }
    case 'revoked':
      return { kind: 'refuse', error: revoked(presented, verdict) }
    case 'certified':
      return { kind: 'refuse', error: certified(presented, verdict) }
    case 'unknown':
      if (target.hostKeys === 'accept_unknown') return { kind: 'record' }
      // A host of which other keys are known is not new: accept-new was not meant for it.
      if (target.hostKeys === 'accept_new' && verdict.others.length === 0) return { kind: 'record' }
      if (target.hostKeys === 'ask' && canAsk) {
        return { kind: 'ask', question: question(presented, verdict), refusal: unknown(presented, verdict) }
      }
      return { kind: 'refuse', error: unknown(presented, verdict) }
  }
}

type Of<K extends HostKeyVerdict['kind']> = Extract<HostKeyVerdict, { kind: K }>

const describe = (key: Buffer) => `${keyTypeOf(key)} ${fingerprint(key)}`
const typesOf = (verdict: Of<'unknown'>) => [...new Set(verdict.others.map((known) => known.type))]

function question({ target, key }: PresentedKey, verdict: Of<'unknown'>): HostKeyQuestion {
  return {
    host: target.alias,
    knownAs: nameInKnownHosts(target).name,
    keyType: keyTypeOf(key),
    fingerprint: fingerprint(key),
    otherKnownTypes: typesOf(verdict),
    file: target.knownHosts.user[0] ?? null,
  }
}

function unknown(presented: PresentedKey, verdict: Of<'unknown'>): ProvisionError {
  const { target, key } = presented
  const { name } = nameInKnownHosts(target)
  const others = typesOf(verdict)
  const known =
    others.length > 0
      ? `only ${others.join(', ')} keys of ${name} are known, and it no longer shows one of them`
      : `no key of ${name} is known in ${target.knownHosts.user.join(', ') || 'any file'}`
  return new ProvisionError(
    'HOST_KEY_UNKNOWN',
    `${target.alias} identifies itself with ${describe(key)}; ${known}. Another machine may be answering at ` +
      'this address, so nothing was sent to it.',
    { hint: `Compare the fingerprint with the host's own, then record it: ${recordCommand(presented)}` },
  )
}

/** `ssh` asks, shows the same fingerprint and records the key under the right name, through jump hosts too. */
function recordCommand({ target, via }: PresentedKey): string {
  const [file] = target.knownHosts.user
  return shellWords([
    'ssh',
    ...['-o', 'StrictHostKeyChecking=ask'],
    ...(file === undefined ? [] : ['-o', `UserKnownHostsFile=${file}`]),
    ...(target.hostKeyAlias === null ? [] : ['-o', `HostKeyAlias=${target.hostKeyAlias}`]),
    ...(via === null ? [] : ['-J', via]),
    ...(target.port === 22 ? [] : ['-p', String(target.port)]),
    `${target.user}@${target.host}`,
    'true',
  ])
}

function changed({ target, key }: PresentedKey, { old }: Of<'changed'>): ProvisionError {
  const { name } = nameInKnownHosts(target)
  const wildcard = old.hosts.kind === 'patterns' && !old.hosts.patterns.includes(name)
  const command = wildcard
    ? shellWords(['sed', '-i', `${old.line}d`, old.file])
    : shellWords(['ssh-keygen', '-R', name, '-f', old.file])
  return new ProvisionError(
    'HOST_KEY_CHANGED',
    `${target.alias} identifies itself with ${describe(key)}, but ${old.file}:${old.line} has ` +
      `${describe(old.key)} for ${name}. Either the host was installed anew, or another machine answers in its ` +
      'place; nothing was sent to it.',
    { hint: `If you know that it was installed anew, forget the old key: ${command}` },
  )
}

function revoked({ target, key }: PresentedKey, { by }: Of<'revoked'>): ProvisionError {
  return new ProvisionError(
    'HOST_KEY_REVOKED',
    `${target.alias} identifies itself with ${describe(key)}, which ${by.file}:${by.line} marks as @revoked: ` +
      'whoever stole this key can pretend to be the host. Nothing was sent to it.',
    { hint: 'Give the host a new key (ssh-keygen -A after removing the old one), and record that one.' },
  )
}

function certified({ target, key }: PresentedKey, { by }: Of<'certified'>): ProvisionError {
  const line = `${nameInKnownHosts(target).name} ${keyTypeOf(key)} ${key.toString('base64')}`
  const file = target.knownHosts.user[0] ?? by.file
  return new ProvisionError(
    'HOST_KEY_CERTIFICATE',
    `${target.alias} is known only through the certificate authority at ${by.file}:${by.line}, and host ` +
      `certificates cannot be verified here. Its plain key is ${describe(key)}.`,
    {
      hint:
        "Compare the fingerprint with the host's own, then record the plain key: " +
        `${shellWords(['echo', line])} >> ${shellWords([file])}`,
    },
  )
}

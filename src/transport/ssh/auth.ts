import type { AnyAuthMethod, ParsedKey } from 'ssh2'
import type { AgentKey } from './agent.ts'
import type { Identity } from './identities.ts'
import { fingerprint } from './known-hosts.ts'

/** One key to offer. `label` is what people read of it. */
export interface Candidate {
  label: string
  fingerprint: string
  method(user: string): AnyAuthMethod
}

/**
 * What to offer, in order. sshd counts every key it declines and hangs up after six, so the keys that somebody
 * named come first, from the agent where it has them, and what else the agent holds comes last.
 */
export function orderCandidates(
  identities: readonly Identity[],
  agentKeys: readonly AgentKey[],
  options: { identitiesNamed: boolean; identitiesOnly: boolean },
): Candidate[] {
  const named = identities.flatMap((identity) => publicHalf(identity) ?? [])
  const meant = agentKeys.filter(({ key }) => named.some((other) => isSame(key, other)))
  const others = options.identitiesOnly ? [] : agentKeys.filter((agentKey) => !meant.includes(agentKey))
  const ready = identities.filter((identity) => identity.kind === 'ready')
  const files = ready.filter(({ key }) => !agentKeys.some((agentKey) => isSame(key, agentKey.key)))

  const fromFiles = files.map(({ file, key }) => fileCandidate(file, key))
  const fromAgent = others.map(agentCandidate)
  return [
    ...meant.map(agentCandidate),
    ...(options.identitiesNamed ? [...fromFiles, ...fromAgent] : [...fromAgent, ...fromFiles]),
  ]
}

function publicHalf(identity: Identity): ParsedKey | null {
  if (identity.kind === 'unusable') return null
  return identity.kind === 'ready' ? identity.key : identity.publicKey
}

function isSame(one: ParsedKey, other: ParsedKey): boolean {
  return one.getPublicSSH().equals(other.getPublicSSH())
}

function fileCandidate(file: string, key: ParsedKey): Candidate {
  const print = fingerprint(key.getPublicSSH())
  return {
    label: `${file} (${key.type} ${print})`,
    fingerprint: print,
    method: (username) => ({ type: 'publickey', username, key }),
  }
}

function agentCandidate({ key, signer }: AgentKey): Candidate {
  const print = fingerprint(key.getPublicSSH())
  return {
    label: `agent key ${key.comment || '(no comment)'} (${key.type} ${print})`,
    fingerprint: print,
    method: (username) => ({ type: 'agent', username, agent: signer }),
  }
}

/** Hands the candidates to ssh2 one by one and keeps what happened, to be told if none was accepted. */
export class KeyOffer {
  readonly offered: Candidate[] = []
  /** Methods that the server would go on with, from its last answer; null before any. */
  serverAccepts: readonly string[] | null = null
  /** A key was accepted, but the server wants something else on top. */
  partial = false
  readonly #user: string
  readonly #candidates: Candidate[]

  constructor(user: string, candidates: readonly Candidate[]) {
    this.#user = user
    this.#candidates = [...candidates]
  }

  /** As ssh2's authHandler wants it; false ends the attempt. */
  next(methodsLeft: readonly string[] | null, partialSuccess: boolean | null): AnyAuthMethod | false {
    this.serverAccepts = methodsLeft
    this.partial ||= partialSuccess === true
    if (methodsLeft !== null && !methodsLeft.includes('publickey')) return false
    const candidate = this.#candidates.shift()
    if (candidate === undefined) return false
    this.offered.push(candidate)
    return candidate.method(this.#user)
  }
}

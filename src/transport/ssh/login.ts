import { setTimeout as sleep } from 'node:timers/promises'
import pLimit, { type LimitFunction } from 'p-limit'
import { listAgentKeys } from './agent.ts'
import { type Candidate, KeyOffer, orderCandidates } from './auth.ts'
import { authFailed, handshakeFailed, noteOn, unreachable } from './failures.ts'
import { type HandshakeResult, handshake, hostKeyAlgorithms, type Keepalive } from './handshake.ts'
import { decideHostKey, type HostKeyDecision, nameInKnownHosts } from './host-key-policy.ts'
import { type Identity, IdentityFiles } from './identities.ts'
import { fingerprint, judgeHostKey, knownKeyTypes } from './known-hosts.ts'
import { KnownHostsFiles } from './known-hosts-files.ts'
import type { HostKeyQuestion, SshPrompts } from './prompts.ts'
import { type Reached, type Route, reach } from './reach.ts'
import type { Session } from './session.ts'
import type { SshTarget } from './target.ts'

export interface LoginOptions {
  /** Null: nobody is there to answer. */
  prompts: SshPrompts | null
  /** Logins going on at once with one sshd; OpenSSH's MaxStartups drops the eleventh and later ones by chance. */
  maxHandshakes: number
  connectTimeoutMs: number
  handshakeTimeoutMs: number
  keepalive: Keepalive
}

/** How often an sshd that drops connections is tried, and how long is waited in between. */
const DROPS_BORNE = 10
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 4000

type Attempt =
  | Exclude<HandshakeResult, { kind: 'host_key_declined' }>
  | { kind: 'unreachable'; failure: Extract<Reached, { kind: 'failed' }> }
  | { kind: 'undecided'; decision: Exclude<HostKeyDecision, { kind: 'trust' }>; key: Buffer }

/**
 * Logs in to sshds: verified host keys, the user's keys, patience with MaxStartups. A question to a person is asked
 * between two connections, never within one: the server would hang up meanwhile, and others would wait for the slot.
 */
export class Logins {
  readonly #options: LoginOptions
  readonly #identities = new IdentityFiles()
  readonly #knownHosts = new KnownHostsFiles()
  readonly #slots = new Map<string, LimitFunction>()
  /** One question on the screen at a time, and one writer of known_hosts. */
  readonly #oneByOne = pLimit(1)

  constructor(options: LoginOptions) {
    this.#options = options
  }

  /** A session that stands; it is the caller's to close. Rejects with a ProvisionError. */
  async login(target: SshTarget, route: Route): Promise<Session> {
    const whom = { target, via: route.kind === 'via' ? route.label : null }
    const offered: Candidate[] = []
    let drops = 0
    for (;;) {
      const { identities, agentKeys, agentNote } = await this.#keys(target)
      const offer = new KeyOffer(
        target.user,
        orderCandidates(identities, agentKeys, target).filter(
          (candidate) => !offered.some((earlier) => earlier.fingerprint === candidate.fingerprint),
        ),
      )
      const result = await this.#slot(target, route)(() => this.#attempt(target, route, offer))
      switch (result.kind) {
        case 'ready':
          return result.session
        case 'undecided':
          await this.#settleHostKey(target, result.key, result.decision)
          continue
        case 'dropped':
          drops += 1
          if (drops > DROPS_BORNE) throw handshakeFailed(whom, result, this.#options.handshakeTimeoutMs)
          await sleep(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** drops) * (0.5 + Math.random() / 2))
          continue
        case 'auth_failed': {
          offered.push(...offer.offered)
          const left = identities.filter((identity) => !wasOffered(identity, offered))
          if (await this.#unlockOne(left)) continue
          const notes = (await this.#load(left.map(({ file }) => file))).flatMap(
            (identity) => noteOn(identity, target.identitiesNamed) ?? [],
          )
          throw authFailed(whom, offered, offer, result.why, [...notes, ...agentNote])
        }
        case 'unreachable':
          throw unreachable(whom, result.failure)
        default:
          throw handshakeFailed(whom, result, this.#options.handshakeTimeoutMs)
      }
    }
  }

  async #attempt(target: SshTarget, route: Route, offer: KeyOffer): Promise<Attempt> {
    const name = nameInKnownHosts(target)
    const known = await this.#knownHosts.read([...target.knownHosts.user, ...target.knownHosts.global])
    const timeoutMs = target.connectTimeoutMs ?? this.#options.connectTimeoutMs
    const reached = await reach(route, target, timeoutMs)
    if (reached.kind === 'failed') return { kind: 'unreachable', failure: reached }

    let undecided: Extract<Attempt, { kind: 'undecided' }> | undefined
    let trusted: Buffer | undefined
    const result = await handshake({
      stream: reached.stream,
      user: target.user,
      hostKeyAlgorithms: hostKeyAlgorithms(knownKeyTypes(known, name)),
      offer,
      timeoutMs: this.#options.handshakeTimeoutMs,
      keepalive: this.#options.keepalive,
      verify: (key) => {
        // When a long connection renews its keys, the host must still be the one that was verified.
        if (trusted !== undefined) return trusted.equals(key)
        const presented = { target, via: route.kind === 'via' ? route.label : null, key: Buffer.from(key) }
        const decision = decideHostKey(
          presented,
          judgeHostKey(known, name, key),
          this.#options.prompts !== null,
        )
        if (decision.kind === 'trust') trusted = presented.key
        else undecided = { kind: 'undecided', decision, key: presented.key }
        return decision.kind === 'trust'
      },
    })
    if (result.kind !== 'host_key_declined') return result
    return undecided ?? { kind: 'failed', why: 'its key could not be verified' }
  }

  /** Returns if the key is in known_hosts now, so that the next attempt finds it. */
  async #settleHostKey(
    target: SshTarget,
    key: Buffer,
    decision: Exclude<HostKeyDecision, { kind: 'trust' }>,
  ): Promise<void> {
    if (decision.kind === 'refuse') throw decision.error
    const name = nameInKnownHosts(target)
    await this.#oneByOne(async () => {
      // Somebody may have answered for the same host while this one waited for its turn.
      const known = await this.#knownHosts.read([...target.knownHosts.user, ...target.knownHosts.global])
      if (judgeHostKey(known, name, key).kind === 'match') return
      if (decision.kind === 'ask' && !(await this.#confirm(decision.question))) throw decision.refusal
      await this.#knownHosts.record(target.knownHosts.user[0] ?? null, name.name, key, target.hashKnownHosts)
    })
  }

  async #confirm(question: HostKeyQuestion): Promise<boolean> {
    return (await this.#options.prompts?.confirmHostKey(question)) === true
  }

  /** Asks for passphrases until one opens a key. False: there is nothing more to offer. */
  async #unlockOne(identities: readonly Identity[]): Promise<boolean> {
    const { prompts } = this.#options
    if (prompts === null) return false
    for (const { kind, file } of identities) {
      if (kind !== 'locked') continue
      const unlocked = await this.#identities.unlock(file, (question) =>
        this.#oneByOne(() => prompts.passphrase(question)),
      )
      if (unlocked.kind === 'ready') return true
    }
    return false
  }

  async #keys(target: SshTarget) {
    const identities = await this.#load(target.identityFiles)
    if (target.agent === null) return { identities, agentKeys: [], agentNote: [] }
    try {
      return { identities, agentKeys: await listAgentKeys(target.agent), agentNote: [] }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { identities, agentKeys: [], agentNote: [`the agent at ${target.agent}: ${why}`] }
    }
  }

  #load(files: readonly string[]): Promise<Identity[]> {
    return Promise.all(files.map((file) => this.#identities.load(file)))
  }

  #slot(target: SshTarget, route: Route): LimitFunction {
    const key = `${route.kind === 'via' ? route.label : ''} ${target.host}:${target.port}`
    const slot = this.#slots.get(key) ?? pLimit(this.#options.maxHandshakes)
    this.#slots.set(key, slot)
    return slot
  }
}

/** A key whose public half the agent offered already: its passphrase would not help. */
function wasOffered(identity: Identity, offered: readonly Candidate[]): boolean {
  if (identity.kind !== 'locked' && identity.kind !== 'missing') return false
  const { publicKey } = identity
  return (
    publicKey !== null && offered.some((one) => one.fingerprint === fingerprint(publicKey.getPublicSSH()))
  )
}

import type { SshSettings } from '../../config/declaration.ts'
import { ProvisionError } from '../../errors.ts'
import type { Route } from './reach.ts'
import { endSession, type Session } from './session.ts'
import type { SshTarget } from './target.ts'

/** One ProxyJump hop: `[user@]host[:port]`, with IPv6 addresses in brackets, or as an ssh:// URI. */
export interface Hop {
  user: string | null
  host: string
  port: number | null
}

/** Throws SSH_CONFIG_INVALID. */
export function parseHop(text: string): Hop {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s[\]]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? []
  const host = bracketed ?? plain
  if (host === undefined || host.startsWith('-')) {
    throw new ProvisionError('SSH_CONFIG_INVALID', `"${text}" is not a jump host.`, {
      hint: 'Write it as [user@]host[:port], with an IPv6 address in brackets.',
    })
  }
  return { user: user ?? null, host, port: port === undefined ? null : Number(port) }
}

/**
 * Settings of a hop. As with `ssh -J`, user and port of the destination are not the hop's; where keys and known
 * hosts of the hosts file lie holds for both.
 */
export function hopSettings(hop: Hop, destination: SshSettings): SshSettings {
  const { identityFiles, knownHosts } = destination
  return { user: hop.user, port: hop.port, identityFiles, knownHosts, become: 'none', jump: [] }
}

export interface BastionServices {
  resolve(host: string, settings: SshSettings): Promise<SshTarget>
  login(target: SshTarget, route: Route): Promise<Session>
}

/** Connections to jump hosts: one for each, shared by all hosts behind it, opened when first needed. */
export class Bastions {
  readonly #services: BastionServices
  readonly #open = new Map<string, Promise<Session>>()

  constructor(services: BastionServices) {
    this.#services = services
  }

  /** The way through `hops`, nearest first. Rejects with the hop's own ProvisionError, which names it. */
  async route(
    hops: readonly string[],
    destination: SshSettings,
    above: readonly string[] = [],
  ): Promise<Route> {
    let route: Route = { kind: 'direct' }
    for (const [index, text] of hops.entries()) {
      const hop = parseHop(text)
      const target = await this.#services.resolve(hop.host, hopSettings(hop, destination))
      if (index === 0) {
        // Only the nearest hop may need jumps of its own. `Host *` with ProxyJump names a hop as its own jump, too.
        const further = target.jump.filter((jump) => ![...above, ...hops].includes(jump))
        route = await this.route(further, destination, [...above, ...hops])
      }
      route = await this.#through(text, target, route)
    }
    return route
  }

  /** Hosts behind the bastions are cut off. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#open.values())
    this.#open.clear()
    for (const result of opened) if (result.status === 'fulfilled') endSession(result.value)
  }

  async #through(hop: string, target: SshTarget, before: Route): Promise<Route> {
    const label = before.kind === 'via' ? `${before.label},${hop}` : hop
    const key = `${label} ${target.user}@${target.host}:${target.port}`
    const opening = this.#open.get(key) ?? this.#login(key, target, before)
    this.#open.set(key, opening)
    return { kind: 'via', bastion: (await opening).client, label }
  }

  /** Once it is gone, or could not be opened, the next host tries anew. */
  #login(key: string, target: SshTarget, before: Route): Promise<Session> {
    const opening = this.#services.login(target, before)
    const forget = () => {
      if (this.#open.get(key) === opening) this.#open.delete(key)
    }
    opening.then(
      // An error of the bastion reaches the hosts behind it as the end of their own streams.
      ({ client, stream }) => client.on('close', forget).on('error', () => stream.destroy()),
      forget,
    )
    return opening
  }
}

import ssh2, { type BaseAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2'

/** A key that the agent can sign with. */
export interface AgentKey {
  key: ParsedKey
  /** Offers this key and no other, so that each one offered can be counted and named. */
  signer: BaseAgent
}

/** An agent forwarded from a machine that went away takes connections and never answers. */
const ANSWER_MS = 5000

/**
 * Keys of the agent at `socket`, without the types that ssh2 cannot use (FIDO, certificates). Rejects if there is
 * no answer.
 */
export function listAgentKeys(socket: string): Promise<AgentKey[]> {
  const agent = new ssh2.OpenSSHAgent(socket)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS)
    agent.getIdentities((error, keys) => {
      clearTimeout(timer)
      if (error) reject(error)
      else
        resolve(
          (keys ?? []).flatMap((key) => ('pubKey' in key ? [] : [{ key, signer: new OneKey(agent, key) }])),
        )
    })
  })
}

class OneKey extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: InstanceType<typeof ssh2.OpenSSHAgent>
  readonly #key: ParsedKey

  constructor(agent: InstanceType<typeof ssh2.OpenSSHAgent>, key: ParsedKey) {
    super()
    this.#agent = agent
    this.#key = key
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [this.#key])
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options)
    else this.#agent.sign(key, data, options, callback)
  }
}

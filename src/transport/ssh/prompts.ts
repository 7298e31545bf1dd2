/** What only a person can answer. Given where there is a terminal; without it the transport refuses instead. */
export interface SshPrompts {
  /** True: trust this key and record it in known_hosts. */
  confirmHostKey(question: HostKeyQuestion): Promise<boolean>
  /** The passphrase of a key file; null to go on without that key. `attempt` counts from 1. */
  passphrase(question: { file: string; attempt: number }): Promise<string | null>
}

export interface HostKeyQuestion {
  /** The host in the words of the hosts file, or the jump host. */
  host: string
  /** As known_hosts would name it, e.g. `[10.0.0.1]:2222`. */
  knownAs: string
  /** E.g. `ssh-ed25519`. */
  keyType: string
  /** `SHA256:…` */
  fingerprint: string
  /** Types of keys that are already known for this host: a reason to be suspicious. */
  otherKnownTypes: string[]
  /** Where the key will be recorded. */
  file: string | null
}

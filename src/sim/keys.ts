import ssh2 from 'ssh2'

/** A new ed25519 key pair: `private` in OpenSSH's format, `public` as in authorized_keys. */
export interface KeyPair {
  private: string
  public: string
}

export interface FleetKeys {
  /** All hosts of a fleet have the same one: a thousand would cost seconds. */
  host: KeyPair
  client: KeyPair
}

export function newFleetKeys(): FleetKeys {
  return { host: newKeyPair(), client: newKeyPair() }
}

/** ssh2 drops the first byte of a public key when it is 0, and then cannot read its own key: one pair in 256. */
function newKeyPair(): KeyPair {
  const { generateKeyPairSync, parseKey } = ssh2.utils
  for (;;) {
    const pair = generateKeyPairSync('ed25519')
    if (!(parseKey(pair.private) instanceof Error)) return pair
  }
}

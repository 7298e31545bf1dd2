import { createPrivateKey, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'
import type { SshPrompts } from './prompts.ts'

/** A private key file, as far as it can be used. */
export type Identity =
  | { kind: 'ready'; file: string; key: ParsedKey }
  /** Encrypted. `publicKey` is known where a .pub file lies beside it. */
  | { kind: 'locked'; file: string; publicKey: ParsedKey | null }
  /** Not there. Its .pub file may still say which key of the agent is meant. */
  | { kind: 'missing'; file: string; publicKey: ParsedKey | null }
  | { kind: 'unusable'; file: string; why: string }

const PASSPHRASE_TRIES = 3

/** Key files, each read once, and asked for its passphrase once for all hosts. */
export class IdentityFiles {
  readonly #loaded = new Map<string, Promise<Identity>>()
  readonly #unlocking = new Map<string, Promise<Identity>>()

  load(file: string): Promise<Identity> {
    const loading = this.#loaded.get(file) ?? readIdentity(file)
    this.#loaded.set(file, loading)
    return loading
  }

  /** Asks for the passphrase; afterwards the identity is `ready`, or `unusable` if there is none or it is wrong. */
  unlock(file: string, ask: SshPrompts['passphrase']): Promise<Identity> {
    const unlocking = this.#unlocking.get(file) ?? unlockIdentity(file, ask)
    this.#unlocking.set(file, unlocking)
    this.#loaded.set(file, unlocking)
    return unlocking
  }
}

async function readIdentity(file: string): Promise<Identity> {
  let text: Buffer
  try {
    text = await readFile(file)
  } catch (error) {
    const publicKey = await readPublicKey(file)
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing', file, publicKey }
    return { kind: 'unusable', file, why: `it cannot be read (${(error as Error).message})` }
  }
  const key = parse(text)
  if (!(key instanceof Error)) {
    return key.isPrivateKey()
      ? { kind: 'ready', file, key: readyToSign(key) }
      : { kind: 'missing', file, publicKey: key }
  }
  if (/encrypted/i.test(key.message)) return { kind: 'locked', file, publicKey: await readPublicKey(file) }
  return { kind: 'unusable', file, why: unusableBecause(text, key) }
}

async function unlockIdentity(file: string, ask: SshPrompts['passphrase']): Promise<Identity> {
  const text = await readFile(file)
  for (let attempt = 1; attempt <= PASSPHRASE_TRIES; attempt++) {
    const passphrase = await ask({ file, attempt })
    if (passphrase === null)
      return { kind: 'unusable', file, why: 'it is encrypted, and no passphrase was given' }
    const key = parse(text, passphrase)
    if (!(key instanceof Error)) return { kind: 'ready', file, key: readyToSign(key) }
  }
  return { kind: 'unusable', file, why: `it is encrypted, and ${PASSPHRASE_TRIES} passphrases were wrong` }
}

async function readPublicKey(file: string): Promise<ParsedKey | null> {
  try {
    const key = parse(await readFile(`${file}.pub`))
    return key instanceof Error ? null : key
  } catch {
    return null
  }
}

/** Old PEM files may give several keys; their first one is the one that ssh uses. */
function parse(text: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase)
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('it holds no key')) : parsed
}

/** ssh2 parses the PEM text anew for each signature, which costs ten times the signature: once is enough for a fleet. */
function readyToSign(key: ParsedKey): ParsedKey {
  if (key.type !== 'ssh-ed25519') return key
  const secret = createPrivateKey(key.getPrivatePEM())
  key.sign = (data) => sign(null, Buffer.from(data), secret)
  return key
}

function unusableBecause(text: Buffer, error: Error): string {
  if (/sk-(ssh|ecdsa)/.test(`${error.message} ${decodeBody(text)}`)) {
    return 'it is a FIDO key, which cannot be used here'
  }
  return `its format is not understood (${error.message})`
}

/** The type of an OpenSSH key stands in clear text within the base64. */
function decodeBody(text: Buffer): string {
  return Buffer.from(text.toString('latin1').replace(/-----.*-----/g, ''), 'base64').toString('latin1')
}

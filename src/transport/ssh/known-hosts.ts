import { createHash, createHmac } from 'node:crypto'
import { matchesPatternList } from './patterns.ts'

/** One line of a known_hosts file. */
export interface KnownHost {
  file: string
  /** Counted from 1. */
  line: number
  marker: 'none' | 'revoked' | 'cert-authority'
  hosts: { kind: 'patterns'; patterns: string[] } | { kind: 'hashed'; salt: Buffer; hash: string }
  /** Key type as written, e.g. `ssh-ed25519`. */
  type: string
  key: Buffer
}

/** What known_hosts says of a key that a host presented. */
export type HostKeyVerdict =
  | { kind: 'match' }
  /** No key of this type is known. `others` are keys of other types that are. */
  | { kind: 'unknown'; others: KnownHost[] }
  /** Another key of this type is known, at `old`. */
  | { kind: 'changed'; old: KnownHost }
  | { kind: 'revoked'; by: KnownHost }
  /** No key is known, but an authority whose certificate the host should have shown. */
  | { kind: 'certified'; by: KnownHost }

/** The names a host key is looked up by. */
export interface HostKeyName {
  /** `host`, or `[host]:port` where the port is not 22. New keys are recorded by it. */
  name: string
  /** The host without its port, whose keys OpenSSH accepts on other ports too; null where `name` is it. */
  plain: string | null
}

/** An alias stands alone: OpenSSH never puts a port to it. */
export function hostKeyName(host: string, port: number, alias: string | null): HostKeyName {
  if (alias !== null) return { name: alias.toLowerCase(), plain: null }
  const plain = host.toLowerCase()
  return port === 22 ? { name: plain, plain: null } : { name: `[${plain}]:${port}`, plain }
}

/** Lines that are not of the format are left out, as OpenSSH does: they can only make a host unknown. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const words = raw.trim().split(/\s+/)
    if (words[0]?.startsWith('#')) return []
    const marker = markers.get(words[0] ?? '')
    const [hosts, type, key] = marker === undefined ? words : words.slice(1)
    if (hosts === undefined || type === undefined || key === undefined) return []
    const blob = Buffer.from(key, 'base64')
    if (keyTypeOf(blob) !== type) return []
    return [{ file, line: index + 1, marker: marker ?? 'none', hosts: parseHosts(hosts), type, key: blob }]
  })
}

const markers = new Map([
  ['@revoked', 'revoked' as const],
  ['@cert-authority', 'cert-authority' as const],
])

function parseHosts(field: string): KnownHost['hosts'] {
  const [empty, version, salt, hash] = field.split('|')
  if (empty === '' && version === '1' && salt !== undefined && hash !== undefined) {
    return { kind: 'hashed', salt: Buffer.from(salt, 'base64'), hash }
  }
  return { kind: 'patterns', patterns: field.toLowerCase().split(',') }
}

/** The lines that speak of `name`, which is lower case. */
export function linesFor(lines: readonly KnownHost[], name: string): KnownHost[] {
  return lines.filter(({ hosts }) =>
    hosts.kind === 'hashed'
      ? hashName(hosts.salt, name) === hosts.hash
      : matchesPatternList(hosts.patterns, name),
  )
}

/** What `lines` say of the key that the host of this name presented. A revoked key is never anything else. */
export function judgeHostKey(lines: readonly KnownHost[], host: HostKeyName, key: Buffer): HostKeyVerdict {
  const named = linesFor(lines, host.name)
  const plain = host.plain === null ? [] : linesFor(lines, host.plain)
  const same = (known: KnownHost) => known.key.equals(key)
  const all = [...named, ...plain]
  const revoked = all.find((known) => known.marker === 'revoked' && same(known))
  if (revoked !== undefined) return { kind: 'revoked', by: revoked }

  const trusted = named.filter((known) => known.marker === 'none')
  if (trusted.some(same)) return { kind: 'match' }
  const type = keyTypeOf(key)
  const old = trusted.find((known) => known.type === type)
  if (old !== undefined) return { kind: 'changed', old }
  if (plain.some((known) => known.marker === 'none' && same(known))) return { kind: 'match' }

  const authority = all.find((known) => known.marker === 'cert-authority')
  if (authority !== undefined && trusted.length === 0) return { kind: 'certified', by: authority }
  return { kind: 'unknown', others: trusted }
}

/** Key types known for the host, each once. The handshake must ask for these first, or a known host looks new. */
export function knownKeyTypes(lines: readonly KnownHost[], host: HostKeyName): string[] {
  const trusted = (name: string) => linesFor(lines, name).filter((known) => known.marker === 'none')
  const named = trusted(host.name)
  const usable = named.length > 0 || host.plain === null ? named : trusted(host.plain)
  return [...new Set(usable.map((known) => known.type))]
}

/** The line, newline included, that makes `key` known for `name`; with a salt of 20 bytes the name is hashed. */
export function renderKnownHost(name: string, key: Buffer, salt: Buffer | null): string {
  const host = salt === null ? name : `|1|${salt.toString('base64')}|${hashName(salt, name)}`
  return `${host} ${keyTypeOf(key)} ${key.toString('base64')}\n`
}

/** As OpenSSH prints it: `SHA256:` and base64 without padding. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type that a public key blob begins with; empty if it is none. */
export function keyTypeOf(key: Buffer): string {
  if (key.length < 4) return ''
  const length = key.readUInt32BE(0)
  return length > 64 || key.length < 4 + length ? '' : key.toString('latin1', 4, 4 + length)
}

function hashName(salt: Buffer, name: string): string {
  return createHmac('sha1', salt).update(name).digest('base64')
}

import { resolve } from 'node:path'
import type { SshSettings } from '../../config/declaration.ts'
import { ProvisionError } from '../../errors.ts'
import type { ConfigValues } from './config-source.ts'

/** Everything needed to reach and verify one sshd, after hosts file, ssh_config and defaults were merged. */
export interface SshTarget {
  /** What was asked for, before HostName. */
  alias: string
  host: string
  port: number
  user: string
  /** Absolute paths, in the order to try. */
  identityFiles: string[]
  /** Whether somebody named those files, or they are the usual ones, which may well not exist. */
  identitiesNamed: boolean
  /** Offer no key of the agent but those of `identityFiles`. */
  identitiesOnly: boolean
  /** Socket of the agent; null for none. */
  agent: string | null
  /** Files with known host keys. New ones go into the first of `user`. */
  knownHosts: { user: string[]; global: string[] }
  /** Salt the names that are recorded. */
  hashKnownHosts: boolean
  hostKeyAlias: string | null
  hostKeys: HostKeyPolicy
  /** ProxyJump hops as written, nearest first. */
  jump: string[]
  /** Null: the transport's own default. */
  connectTimeoutMs: number | null
}

/** StrictHostKeyChecking, as far as it concerns unknown keys. A changed key is refused whatever it says. */
export type HostKeyPolicy = 'ask' | 'refuse_unknown' | 'accept_new' | 'accept_unknown'

/** Who runs this program, and where; what ssh takes from its process. */
export interface LocalIdentity {
  user: string
  uid: number
  home: string
  hostname: string
  variables: Readonly<Record<string, string | undefined>>
}

const defaultKeys = ['id_rsa', 'id_ecdsa', 'id_ed25519']
/** What `ssh -G` prints when no IdentityFile is set differs between versions, but is always of this form. */
const defaultKeyPath = /^~\/\.ssh\/id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss|mldsa\w*)$/

/** What would change where we connect, or whom we trust, and cannot be honoured: better not to connect at all. */
const unsupported = new Map([
  ['proxycommand', 'use ProxyJump in ssh_config, or `jump:` in the hosts file'],
  ['revokedhostkeys', 'put the keys into known_hosts, marked @revoked'],
])

/**
 * One host's settings: the hosts file over ssh_config over defaults. `asked.host` is an address of the hosts file or
 * a jump host. Throws SSH_CONFIG_INVALID and SSH_CONFIG_UNSUPPORTED.
 */
export function settleTarget(
  asked: { host: string; settings: SshSettings },
  config: ConfigValues,
  local: LocalIdentity,
): SshTarget {
  const { settings } = asked
  const one = (keyword: string) => given(config.get(keyword)?.[0])
  refuseUnsupported(asked.host, config)

  const host = one('hostname') ?? asked.host
  const port = settings.port ?? portOf(one('port') ?? '22', asked.host)
  const user = settings.user ?? one('user') ?? local.user
  const alias = one('hostkeyalias')
  // HostName may hold %h; whatever else holds tokens comes after it.
  const hostName = host.replaceAll('%h', asked.host).replaceAll('%%', '%')
  const tokens = tokensOf({ alias: asked.host, host: hostName, port, user, hostKeyAlias: alias }, local)
  const path = (text: string) => expandPath(text, tokens, local)

  const configured = config.get('identityfile') ?? []
  const configuredNamed = configured.length > 0 && !configured.every((file) => defaultKeyPath.test(file))
  const identitiesNamed = settings.identityFiles.length > 0 || configuredNamed
  const identityFiles =
    settings.identityFiles.length > 0
      ? settings.identityFiles
      : configuredNamed
        ? configured.filter((file) => file.toLowerCase() !== 'none')
        : defaultKeys.map((name) => `~/.ssh/${name}`)
  return {
    alias: asked.host,
    host: hostName,
    port,
    user,
    identityFiles: [...new Set(identityFiles.map(path))],
    identitiesNamed,
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: agentOf(config.get('identityagent')?.[0], tokens, local),
    knownHosts: {
      user:
        settings.knownHosts === null
          ? files(config, 'userknownhostsfile', path)
          : [path(settings.knownHosts)],
      global: files(config, 'globalknownhostsfile', path),
    },
    hashKnownHosts: one('hashknownhosts') === 'yes',
    hostKeyAlias: alias,
    hostKeys: policyOf(one('stricthostkeychecking')),
    jump: settings.jump.length > 0 ? settings.jump : (one('proxyjump')?.split(',') ?? []),
    connectTimeoutMs: secondsOf(one('connecttimeout')),
  }
}

const given = (value: string | undefined) =>
  value === undefined || value.toLowerCase() === 'none' ? null : value

function refuseUnsupported(host: string, config: ConfigValues): void {
  for (const [keyword, instead] of unsupported) {
    const value = given(config.get(keyword)?.[0])
    if (value === null) continue
    throw new ProvisionError(
      'SSH_CONFIG_UNSUPPORTED',
      `ssh_config sets ${keyword} "${value}" for ${host}, which provision cannot honour, and without it would ` +
        'connect elsewhere or trust more than you meant.',
      { hint: `For this host, ${instead}.` },
    )
  }
}

function portOf(text: string, host: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new ProvisionError('SSH_CONFIG_INVALID', `The port for ${host} is "${text}", which is not one.`, {
    hint: 'Set a port from 1 to 65535.',
  })
}

/** A plain number of seconds, or with units as in `1m30s`. */
function secondsOf(text: string | null): number | null {
  if (text === null || !/^(?:\d+[smh])*\d*$/i.test(text)) return null
  const unit: Record<string, number> = { s: 1, m: 60, h: 3600 }
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smh]?)/g)]
  const seconds = parts.reduce((sum, [, count, of]) => sum + Number(count) * (unit[of || 's'] ?? 1), 0)
  return seconds > 0 ? seconds * 1000 : null
}

/** `ssh -G` says `true` and `false` for what the manual calls `yes` and `no`. */
function policyOf(text: string | null): HostKeyPolicy {
  switch (text?.toLowerCase()) {
    case 'yes':
    case 'true':
      return 'refuse_unknown'
    case 'no':
    case 'off':
    case 'false':
      return 'accept_unknown'
    case 'accept-new':
      return 'accept_new'
    default:
      return 'ask'
  }
}

function agentOf(
  text: string | undefined,
  tokens: ReadonlyMap<string, string>,
  local: LocalIdentity,
): string | null {
  if (text === undefined || text === 'SSH_AUTH_SOCK') return local.variables.SSH_AUTH_SOCK || null
  if (text.toLowerCase() === 'none') return null
  if (/^\$\w+$/.test(text)) return local.variables[text.slice(1)] || null
  return expandPath(text, tokens, local)
}

const knownHostsDefaults: Record<string, string[]> = {
  userknownhostsfile: ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
  globalknownhostsfile: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
}

function files(config: ConfigValues, keyword: string, path: (text: string) => string): string[] {
  const named = config.get(keyword) ?? knownHostsDefaults[keyword] ?? []
  return named.filter((file) => file.toLowerCase() !== 'none').map(path)
}

function tokensOf(
  target: { alias: string; host: string; port: number; user: string; hostKeyAlias: string | null },
  local: LocalIdentity,
): ReadonlyMap<string, string> {
  return new Map([
    ['%', '%'],
    ['h', target.host],
    ['n', target.alias],
    ['p', String(target.port)],
    ['r', target.user],
    ['k', target.hostKeyAlias ?? target.alias],
    ['u', local.user],
    ['i', String(local.uid)],
    ['d', local.home],
    ['l', local.hostname],
    ['L', local.hostname.split('.')[0] ?? ''],
  ])
}

/** `~/`, `%` tokens and `${VARIABLES}`; relative paths are relative to the working folder, as for ssh. */
function expandPath(text: string, tokens: ReadonlyMap<string, string>, local: LocalIdentity): string {
  const expanded = text
    .replace(/^~(?=\/|$)/, () => local.home)
    .replace(/%(.)/g, (whole, token: string) => tokens.get(token) ?? whole)
    .replace(/\$\{(\w+)\}/g, (whole, name: string) => local.variables[name] ?? whole)
  return resolve(expanded)
}

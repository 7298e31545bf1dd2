import { deepEqual, equal, throws } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SshSettings } from '../../../src/config/declaration.ts'
import { computeValues, parseSshG } from '../../../src/transport/ssh/config-source.ts'
import { type SshTarget, settleTarget } from '../../../src/transport/ssh/target.ts'
import { noSettings } from '../support/settings.ts'

const local = {
  user: 'me',
  uid: 1000,
  home: '/home/me',
  hostname: 'desk.lab',
  variables: { SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other' },
}

interface Case {
  what: string
  config: string
  host?: string
  settings?: Partial<SshSettings>
  expected: Partial<SshTarget>
}

/** Every row must hold for what the real ssh says, and for what stands in for it. */
const cases: Case[] = [
  {
    what: 'nothing set',
    config: '',
    expected: {
      host: 'stor-01',
      port: 22,
      identitiesNamed: false,
      identitiesOnly: false,
      agent: '/run/agent',
      hostKeys: 'ask',
      jump: [],
      hostKeyAlias: null,
      hashKnownHosts: false,
      connectTimeoutMs: null,
    },
  },
  {
    what: 'a Host block',
    config: 'Host stor-*\n HostName %h.lab\n Port 2222\n User ops\nHost *\n Port 3333\n User nobody',
    expected: { alias: 'stor-01', host: 'stor-01.lab', port: 2222, user: 'ops' },
  },
  { what: 'a Host block of others', config: 'Host db-*\n Port 2222', expected: { port: 22 } },
  { what: 'an exception', config: 'Host * !stor-01\n Port 2222', expected: { port: 22 } },
  { what: 'an equals sign and quotes', config: 'Host "stor-01"\n Port=2222', expected: { port: 2222 } },
  {
    what: 'several keys, with tokens',
    config:
      'IdentityFile ~/.ssh/one\nIdentityFile "%d/two %r@%h"\nHost stor-01\nIdentityFile /three\nUser ops',
    expected: {
      identityFiles: ['/home/me/.ssh/one', '/home/me/two ops@stor-01', '/three'],
      identitiesNamed: true,
    },
  },
  { what: 'IdentitiesOnly', config: 'IdentitiesOnly yes', expected: { identitiesOnly: true } },
  { what: 'no agent', config: 'IdentityAgent none', expected: { agent: null } },
  {
    what: 'another agent',
    config: 'IdentityAgent /run/%h.sock',
    expected: { agent: '/run/stor-01.sock' },
  },
  { what: 'an agent by variable', config: 'IdentityAgent $OTHER', expected: { agent: '/run/other' } },
  { what: 'the usual agent', config: 'IdentityAgent SSH_AUTH_SOCK', expected: { agent: '/run/agent' } },
  {
    what: 'known hosts',
    config: 'UserKnownHostsFile /a /b\nGlobalKnownHostsFile none\nHostKeyAlias rack\nHashKnownHosts yes',
    expected: { knownHosts: { user: ['/a', '/b'], global: [] }, hostKeyAlias: 'rack', hashKnownHosts: true },
  },
  { what: 'strict', config: 'StrictHostKeyChecking yes', expected: { hostKeys: 'refuse_unknown' } },
  { what: 'lax', config: 'StrictHostKeyChecking no', expected: { hostKeys: 'accept_unknown' } },
  { what: 'off', config: 'StrictHostKeyChecking off', expected: { hostKeys: 'accept_unknown' } },
  { what: 'accept-new', config: 'StrictHostKeyChecking accept-new', expected: { hostKeys: 'accept_new' } },
  { what: 'jumps', config: 'ProxyJump ops@a:2222,b', expected: { jump: ['ops@a:2222', 'b'] } },
  { what: 'no jump', config: 'Host stor-01\n ProxyJump none\nHost *\n ProxyJump b', expected: { jump: [] } },
  { what: 'a timeout', config: 'ConnectTimeout 5', expected: { connectTimeoutMs: 5000 } },
  {
    what: 'the hosts file over it all',
    config: 'Port 2222\nUser ops\nIdentityFile /one\nUserKnownHostsFile /a\nProxyJump b',
    settings: { user: 'root', port: 22, identityFiles: ['~/two'], knownHosts: '/mine', jump: ['c'] },
    expected: { user: 'root', port: 22, identityFiles: ['/home/me/two'], identitiesNamed: true, jump: ['c'] },
  },
]

describe('settings of a host', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'provision-config-'))
  })
  after(() => rmSync(dir, { recursive: true }))

  const sources = {
    'ssh -G': (config: string, host: string) => {
      writeFileSync(join(dir, 'config'), config)
      const argv = ['-G', '-F', join(dir, 'config'), host]
      return parseSshG(execFileSync('ssh', argv, { encoding: 'utf8', stdio: 'pipe' }))
    },
    'no ssh': computeValues,
  }
  const pick = (target: SshTarget, keys: string[]) =>
    Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)))

  for (const [source, query] of Object.entries(sources)) {
    describe(`by ${source}`, () => {
      before(function () {
        if (source === 'ssh -G' && !existsSync('/usr/bin/ssh')) this.skip()
      })
      for (const { what, config, host = 'stor-01', settings, expected } of cases) {
        it(what, () => {
          const asked = { host, settings: { ...noSettings, ...settings } }
          const target = settleTarget(asked, query(config, host), local)
          deepEqual(pick(target, Object.keys(expected)), expected)
        })
      }
    })
  }

  it('without a key named, the usual ones are tried', () => {
    const { identityFiles } = settleTarget({ host: 'a', settings: noSettings }, new Map(), local)
    deepEqual(
      identityFiles,
      ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => `/home/me/.ssh/${name}`),
    )
  })

  const refused: [string, string][] = [
    ['ProxyCommand nc %h %p', 'SSH_CONFIG_UNSUPPORTED'],
    ['RevokedHostKeys /etc/revoked', 'SSH_CONFIG_UNSUPPORTED'],
    ['Port ssh', 'SSH_CONFIG_INVALID'],
  ]
  for (const [config, code] of refused) {
    it(`${config}: ${code}`, () => {
      throws(() => settleTarget({ host: 'a', settings: noSettings }, computeValues(config, 'a'), local), {
        code,
      })
    })
  }
  it('ProxyCommand none is as good as nothing', () => {
    const values = computeValues('ProxyCommand none', 'a')
    equal(settleTarget({ host: 'a', settings: noSettings }, values, local).host, 'a')
  })
})

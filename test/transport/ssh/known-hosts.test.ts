import { deepEqual, equal, match } from 'node:assert/strict'
import fc from 'fast-check'
import {
  fingerprint,
  hostKeyName,
  judgeHostKey,
  keyTypeOf,
  knownKeyTypes,
  parseKnownHosts,
  renderKnownHost,
} from '../../../src/transport/ssh/known-hosts.ts'

/** A key blob as RFC 4253 has it: its type, then anything. */
function keyOf(type: string, seed: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), Buffer.from(seed)])
}

const ed = keyOf('ssh-ed25519', 'one')
const edOther = keyOf('ssh-ed25519', 'other')
const rsa = keyOf('ssh-rsa', 'one')
const line = (hosts: string, key: Buffer) => `${hosts} ${keyTypeOf(key)} ${key.toString('base64')} comment\n`
const hashed = (name: string, key: Buffer) => renderKnownHost(name, key, Buffer.alloc(20, 7))

type Verdict = ReturnType<typeof judgeHostKey>['kind']

describe('known_hosts', () => {
  const cases: {
    what: string
    text: string
    host?: string
    port?: number
    alias?: string
    expected: Verdict
  }[] = [
    { what: 'plain name', text: line('stor-01', ed), expected: 'match' },
    { what: 'one of several names', text: line('10.0.0.1,stor-01', ed), expected: 'match' },
    { what: 'names in other case', text: line('STOR-01', ed), host: 'Stor-01', expected: 'match' },
    { what: 'hashed name', text: hashed('stor-01', ed), expected: 'match' },
    { what: 'another hashed name', text: hashed('stor-02', ed), expected: 'unknown' },
    { what: 'hashed name with port', text: hashed('[stor-01]:2222', ed), port: 2222, expected: 'match' },
    { what: 'wildcard', text: line('stor-*', ed), expected: 'match' },
    { what: 'wildcard with an exception', text: line('stor-*,!stor-01', ed), expected: 'unknown' },
    { what: 'name with port', text: line('[stor-01]:2222', ed), port: 2222, expected: 'match' },
    { what: 'other port', text: line('[stor-01]:2222', ed), port: 2223, expected: 'unknown' },
    { what: 'the same key under the plain name', text: line('stor-01', ed), port: 2222, expected: 'match' },
    {
      what: 'another key under the plain name',
      text: line('stor-01', edOther),
      port: 2222,
      expected: 'unknown',
    },
    { what: 'name with port, asked at 22', text: line('[stor-01]:2222', ed), expected: 'unknown' },
    { what: 'IPv6', text: line('[fe80::1]:2222', ed), host: 'fe80::1', port: 2222, expected: 'match' },
    { what: 'alias, without port', text: line('rack', ed), port: 2222, alias: 'rack', expected: 'match' },
    { what: 'host instead of alias', text: line('stor-01', ed), alias: 'rack', expected: 'unknown' },
    { what: 'another key of the type', text: line('stor-01', edOther), expected: 'changed' },
    { what: 'another key, hashed', text: hashed('stor-01', edOther), expected: 'changed' },
    { what: 'two keys of the type', text: line('stor-01', edOther) + line('stor-01', ed), expected: 'match' },
    { what: 'only a key of another type', text: line('stor-01', rsa), expected: 'unknown' },
    { what: 'revoked', text: `@revoked ${line('*', ed)}`, expected: 'revoked' },
    {
      what: 'revoked and known',
      text: `${line('stor-01', ed)}@revoked ${line('stor-*', ed)}`,
      expected: 'revoked',
    },
    {
      what: 'revoked under the plain name',
      text: `@revoked ${line('stor-01', ed)}`,
      port: 2222,
      expected: 'revoked',
    },
    {
      what: 'another key revoked',
      text: `${line('stor-01', ed)}@revoked ${line('*', edOther)}`,
      expected: 'match',
    },
    { what: 'authority only', text: `@cert-authority ${line('*', edOther)}`, expected: 'certified' },
    {
      what: 'authority and key',
      text: `@cert-authority ${line('*', edOther)}${line('stor-01', ed)}`,
      expected: 'match',
    },
    {
      what: 'authority and another key',
      text: `@cert-authority ${line('*', ed)}${line('stor-01', edOther)}`,
      expected: 'changed',
    },
    { what: 'comment', text: `# ${line('stor-01', ed)}`, expected: 'unknown' },
    {
      what: 'indented, tabs, CRLF',
      text: `\t${line('stor-01', ed).replaceAll(' ', '\t').replace('\n', '\r\n')}`,
      expected: 'match',
    },
    {
      what: 'type that is not the key’s',
      text: line('stor-01', ed).replace('ssh-ed25519', 'ssh-rsa'),
      expected: 'unknown',
    },
    { what: 'unknown marker', text: `@trusted ${line('stor-01', ed)}`, expected: 'unknown' },
    { what: 'empty file', text: '', expected: 'unknown' },
  ]
  for (const { what, text, host = 'stor-01', port = 22, alias = null, expected } of cases) {
    it(`${what}: ${expected}`, () => {
      const verdict = judgeHostKey(parseKnownHosts(text, 'f'), hostKeyName(host, port, alias), ed)
      equal(verdict.kind, expected)
    })
  }

  it('tells where the old key stands', () => {
    const verdict = judgeHostKey(
      parseKnownHosts(`# one\n\n${line('stor-01', edOther)}`, '/etc/known'),
      hostKeyName('stor-01', 22, null),
      ed,
    )
    deepEqual(verdict.kind === 'changed' && [verdict.old.file, verdict.old.line], ['/etc/known', 3])
  })

  it('lists the key types to ask for, of the plain name where only that is known', () => {
    const known = parseKnownHosts(
      `${line('a', ed)}${line('a', rsa)}${line('a', ed)}@revoked ${line('*', keyOf('ssh-dss', ''))}`,
      'f',
    )
    deepEqual(knownKeyTypes(known, hostKeyName('a', 22, null)), ['ssh-ed25519', 'ssh-rsa'])
    deepEqual(knownKeyTypes(known, hostKeyName('a', 2222, null)), ['ssh-ed25519', 'ssh-rsa'])
    deepEqual(knownKeyTypes(known, hostKeyName('b', 22, null)), [])
  })

  it('what is recorded is known, plain and hashed', () => {
    const names = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/)
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 65_535 }), fc.boolean(), (host, port, salted) => {
        const name = hostKeyName(host, port, null)
        const text = renderKnownHost(name.name, ed, salted ? Buffer.alloc(20, host) : null)
        equal(judgeHostKey(parseKnownHosts(text, 'f'), name, ed).kind, 'match')
      }),
    )
  })

  it('survives any file', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'@|1 \n\t*!,a=', 'ssh-rsa', 'AAAA') }), (text) => {
        judgeHostKey(parseKnownHosts(text, 'f'), hostKeyName('a', 22, null), ed)
      }),
    )
  })

  it('prints fingerprints as OpenSSH does', () => {
    match(fingerprint(ed), /^SHA256:[A-Za-z0-9+/]{43}$/)
  })
})

import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readConfigText, sameAnswerKey } from '../../../src/transport/ssh/config-files.ts'
import { createConfigSource } from '../../../src/transport/ssh/config-source.ts'
import { refusal } from '../support/outcome.ts'

describe('ssh_config files', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'provision-home-'))
  })
  afterEach(() => rmSync(home, { recursive: true }))

  function write(name: string, text: string): string {
    const path = join(home, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  const read = (path: string) => readConfigText([path], home)

  it('puts included files in place, in order, relative to ~/.ssh', async () => {
    write('.ssh/conf.d/b.conf', 'Port 2')
    write('.ssh/conf.d/a.conf', 'Port 1')
    write('.ssh/conf.d/a.conf~', 'Port 9')
    const path = write('.ssh/config', 'Include missing conf.d/*.conf\nPort 3')
    deepEqual(await read(path), { text: '\nPort 1\nPort 2\nPort 3', complete: true })
  })

  it('is incomplete where an Include goes in circles or cannot be followed', async () => {
    equal((await read(write('.ssh/loop', 'Include loop'))).complete, false)
    equal((await read(write('.ssh/globs', 'Include */config'))).complete, false)
  })

  it('no file is an empty file', async () => {
    deepEqual(await read(join(home, 'nothing')), { text: '', complete: true })
  })

  const sharing: { what: string; config: string; hosts: [string, string]; shared: boolean }[] = [
    { what: 'nothing', config: '# HostName %h\n', hosts: ['a', 'b'], shared: true },
    { what: 'Host *', config: 'Host *\n Port 2', hosts: ['a', 'b'], shared: true },
    { what: 'one block', config: 'Host stor-*\n Port 2', hosts: ['stor-1', 'stor-2'], shared: true },
    { what: 'different blocks', config: 'Host stor-*\n Port 2', hosts: ['stor-1', 'db-1'], shared: false },
    {
      what: 'an exception',
      config: 'Host stor-* !stor-2\n Port 2',
      hosts: ['stor-1', 'stor-2'],
      shared: false,
    },
    { what: 'a token', config: 'IdentityFile ~/%n', hosts: ['a', 'b'], shared: false },
    { what: 'Match', config: 'Match exec true\n Port 2', hosts: ['a', 'b'], shared: false },
    { what: 'Match all', config: 'Match all\n Port 2', hosts: ['a', 'b'], shared: true },
    { what: 'canonical names', config: 'CanonicalizeHostname yes', hosts: ['a', 'b'], shared: false },
  ]
  for (const { what, config, hosts, shared } of sharing) {
    it(`${what}: ${hosts.join(' and ')} ${shared ? 'share' : 'do not share'} an answer`, () => {
      const [one, other] = hosts.map((host) => sameAnswerKey({ text: config, complete: true }, host))
      if (shared) equal(one, other)
      else notEqual(one ?? 'each its own', other)
    })
  }

  /** An `ssh` that counts how often it is called, and answers like the real one. */
  function countingSsh(): { binary: string; calls: () => number } {
    const log = join(home, 'calls')
    const binary = write('ssh', `#!/bin/sh\necho >> ${log}\nexec ssh "$@"\n`)
    chmodSync(binary, 0o755)
    return { binary, calls: () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0) }
  }

  it('asks ssh once for hosts that share an answer, and gives each its own name', async function () {
    if (!existsSync('/usr/bin/ssh')) this.skip()
    const { binary, calls } = countingSsh()
    const configFile = write('config', 'Host stor-*\n Port 2222\nHost fixed\n HostName 10.0.0.9\n')
    const source = createConfigSource({ home, sshBinary: binary, configFile })
    const hosts = Array.from({ length: 200 }, (_, index) => `Stor-${index}`).concat(
      'stor-1',
      'stor-2',
      'fixed',
    )
    const answers = await Promise.all(hosts.map((host) => source.query({ host, user: null, port: null })))
    deepEqual(
      answers.map((values) => values.get('hostname')?.[0]?.toLowerCase()),
      [...hosts.slice(0, -1).map((host) => host.toLowerCase()), '10.0.0.9'],
    )
    deepEqual(
      answers.slice(-4).map((values) => values.get('port')),
      [['22'], ['2222'], ['2222'], ['22']],
    )
    equal(calls(), 3)
  })

  it('lets Match see the user that the hosts file names', async function () {
    if (!existsSync('/usr/bin/ssh')) this.skip()
    const configFile = write('config', 'Match user ops\n Port 2222\n')
    const source = createConfigSource({ home, sshBinary: 'ssh', configFile })
    const port = async (user: string) => (await source.query({ host: 'a', user, port: null })).get('port')
    deepEqual([await port('ops'), await port('root')], [['2222'], ['22']])
  })

  for (const sshBinary of ['ssh', null]) {
    it(`says what is wrong in ssh_config, with ${sshBinary ?? 'no ssh'}`, async function () {
      if (sshBinary !== null && !existsSync('/usr/bin/ssh')) this.skip()
      const configFile = write('config', 'Host "a\nPort 22\n')
      const source = createConfigSource({ home, sshBinary, configFile })
      equal((await refusal(source.query({ host: 'a', user: null, port: null }))).code, 'SSH_CONFIG_INVALID')
    })
  }
})

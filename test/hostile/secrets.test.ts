import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { main } from '../../src/cli/main.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import '../support/captured.ts'
import { withCliFleet } from '../cli/fleet.ts'

const WRONG = 'wrong horse battery 9c1e'
const RIGHT = 'correct staple \'"$(id) 7f3a'

/** Every file under a folder, with what is in it. */
function filesUnder(folder: string): { path: string; mode: number; isFolder: boolean; text: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    const mode = statSync(path).mode & 0o777
    if (entry.isDirectory()) return [{ path, mode, isFolder: true, text: '' }, ...filesUnder(path)]
    return [{ path, mode, isFolder: false, text: readFileSync(path, 'latin1') }]
  })
}

/** One command line at a terminal where somebody types a passphrase each time one is asked for. */
async function typed(argv: string[], passphrases: readonly string[]) {
  const left = [...passphrases]
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  let said = ''
  let asked = 0
  const stderr = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said += chunk.toString()
        const questions = said.split('Passphrase for').length - 1
        for (; asked < questions; asked += 1) {
          const answer = left.shift() ?? ''
          setTimeout(() => stdin.write(`${answer}\r`), 20)
        }
        done()
      },
    }),
    { isTTY: true, columns: 100, rows: 30 },
  )
  let printed = ''
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      printed += chunk.toString()
      done()
    },
  })
  const code = await main(argv, { stdin, stderr, stdout })
  return { code, said, printed, asked }
}

describe('secrets', function () {
  this.timeout(60_000)
  const environment = {
    PATH: process.env.PATH,
    TERM: process.env.TERM,
    XDG_STATE_HOME: process.env.XDG_STATE_HOME,
    SSH_AUTH_SOCK: process.env.SSH_AUTH_SOCK,
  }
  const own = mkdtempSync(join(tmpdir(), 'provision-secrets-'))
  const state = join(own, 'state')
  const childLog = join(own, 'children')

  before(function () {
    if (spawnSync('ssh-keygen', ['-?']).error !== undefined) this.skip()
    const bin = join(own, 'bin')
    execFileSync('mkdir', ['-p', bin, state])
    chmodSync(state, 0o700)
    // In place of ssh: writes down all that a child of ours can see, and says that it does not exist.
    writeFileSync(
      join(bin, 'ssh'),
      `#!/bin/sh\n{ echo "argv: $0 $*"; cat /proc/$PPID/cmdline /proc/$$/cmdline | tr '\\0' ' '; env; } >> '${childLog}'\nprintf 'hostname 127.0.0.1\\n'\n`,
    )
    chmodSync(join(bin, 'ssh'), 0o755)
    process.env.PATH = `${bin}${delimiter}${environment.PATH}`
    process.env.TERM = 'dumb'
    process.env.XDG_STATE_HOME = state
    delete process.env.SSH_AUTH_SOCK
  })
  after(() => {
    for (const [name, value] of Object.entries(environment))
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    rmSync(own, { recursive: true })
  })

  it('that are typed, and private keys, stand in nothing that is written, printed or passed on', async () => {
    const [first = ''] = dataAddresses(6)
    const hosts = ['stor-01', 'stor-02'].map((name) => ({
      name,
      facts: storageNode({ name, mounted: { [first]: '/data' } }),
    }))
    const declared = `devices: { spdk: ["${first}"] }\nin_use: release`
    await withCliFleet(hosts, declared, async ({ fleet, hostsFile, path }) => {
      const key = path('key')
      const open = readFileSync(key, 'latin1')
      execFileSync('ssh-keygen', ['-q', '-p', '-a', '1', '-P', '', '-N', RIGHT, '-f', key])
      const locked = readFileSync(key, 'latin1')
      ok(open !== locked)
      const before = new Set(filesUnder(path('.')).map((file) => file.path))

      const plan = path('plan.json')
      const runs = [
        await typed(['plan', hostsFile, '-v', '-o', plan], [WRONG, RIGHT]),
        await typed(['apply', plan, '-y', '-v'], [RIGHT]),
        await typed(['verify', hostsFile, '-v', '--json'], [RIGHT]),
        await typed(['release', hostsFile, '-y', '-v'], [RIGHT]),
        await typed(['status', hostsFile, '-v'], [WRONG, WRONG, WRONG]),
        await typed(['runs'], []),
      ]
      deepStrictEqual(
        runs.map(({ code }) => code),
        [0, 0, 0, 0, 4, 0],
        runs.map(({ said }) => said).join('\n'),
      )
      deepStrictEqual(
        runs.map(({ asked }) => asked),
        [2, 1, 1, 1, 3, 0],
        'asked once for all hosts',
      )

      const written = [
        ...filesUnder(state),
        ...filesUnder(path('.')).filter((file) => !before.has(file.path)),
      ]
      ok(
        written.some((file) => file.path.endsWith('events.ndjson')),
        'there is a journal',
      )
      ok(
        written.some((file) => file.path.endsWith('plan.json')),
        'there is a plan file',
      )
      const children = readFileSync(childLog, 'latin1')
      match(children, /argv: .*ssh -G/)
      const everything = [
        ...runs.flatMap(({ said, printed }, at) => [
          { where: `stderr ${at}`, text: said },
          { where: `stdout ${at}`, text: printed },
        ]),
        ...written.map((file) => ({ where: file.path, text: file.text })),
        { where: 'a child', text: children },
        { where: 'the hosts', text: JSON.stringify(fleet.hosts) },
        { where: 'our environment', text: JSON.stringify(process.env) },
        { where: 'our command line', text: readFileSync('/proc/self/cmdline', 'latin1') },
      ]
      for (const secret of [...forms(WRONG), ...forms(RIGHT), ...piecesOf(open), ...piecesOf(locked)])
        for (const { where, text } of everything) ok(!text.includes(secret), `${where} holds ${secret}`)

      for (const file of written)
        equal(file.mode, file.isFolder ? 0o700 : 0o600, `${file.path} is ${file.mode.toString(8)}`)
    })
  })
})

/** A passphrase as it is, and as JSON, base64 and hex would have it. */
function forms(text: string): string[] {
  const bytes = Buffer.from(text)
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    bytes.toString('base64').slice(0, 20),
    bytes.toString('hex'),
  ]
}

/** Pieces of the secret half of a key file; the public half is no secret and stands at its beginning. */
function piecesOf(pem: string): string[] {
  const body = pem.replaceAll(/-----[^-]*-----|\s/g, '')
  return [-150, -120, -90, -60].map((from) => body.slice(from, from + 24))
}

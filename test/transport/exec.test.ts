import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { createLocalTransport } from '../../src/transport/local.ts'
import { type Connection, shellCommand, type Transport } from '../../src/transport/transport.ts'
import { run } from './support/outcome.ts'
import { DeadlyWire } from './support/proxy.ts'
import { connectTo, labTransport, noSettings } from './support/settings.ts'
import { type Sshd, SshLab, whyNoSshd } from './support/sshd.ts'

const exited = (code: number, stderr = '') => ({ kind: 'exited', code, stderr })

/** What holds for a command whatever carries it. */
function commandsEnd(connection: () => Connection): void {
  const cases: { what: string; command: string; stdin?: string; outcome: object; stdout?: string }[] = [
    { what: 'success', command: 'true', outcome: exited(0) },
    { what: 'failure', command: 'exit 42', outcome: exited(42) },
    { what: 'standard error', command: 'echo oops >&2; exit 1', outcome: exited(1, 'oops\n') },
    { what: 'no such command', command: '/no/such/command 2>/dev/null', outcome: exited(127) },
    {
      what: 'a signal',
      command: 'exec sh -c "kill -9 \\$\\$"',
      outcome: { kind: 'signalled', signal: 'SIGKILL', stderr: '' },
    },
    {
      what: 'standard input',
      command: shellCommand('none'),
      stdin: 'echo a$((1+1)); exit 3\n',
      stdout: 'a2\n',
      outcome: exited(3),
    },
    {
      what: 'a command that reads no input',
      command: 'true',
      stdin: 'x'.repeat(1 << 20),
      outcome: exited(0),
    },
  ]
  for (const { what, command, stdin, outcome, stdout } of cases) {
    it(what, async () => {
      const ran = await run(connection(), command, { stdin: stdin ?? '' })
      deepEqual(ran, { outcome, stdout: stdout ?? '' })
    })
  }

  it('8 MiB of standard error, of which the last 8 KiB are kept', async () => {
    const { outcome } = await run(
      connection(),
      'head -c 8388608 /dev/zero | tr "\\0" x >&2; echo the end >&2',
    )
    equal(outcome.kind, 'exited')
    equal(outcome.stderr.length, 8192)
    ok(outcome.stderr.endsWith('xxxthe end\n'))
  })

  it('8 MiB of standard output, all of them', async () => {
    const { outcome, stdout } = await run(connection(), 'head -c 8388608 /dev/zero | tr "\\0" x')
    deepEqual(outcome, exited(0))
    equal(stdout.length, 8 << 20)
  })

  it('a flood of standard output', async () => {
    const { outcome, stdout } = await run(connection(), 'exec yes', { maxStdoutBytes: 100_000 })
    equal(outcome.kind, 'flooded')
    ok(stdout.length <= 100_000)
  })

  it('a time limit, after which other commands still run', async () => {
    const { outcome } = await run(connection(), 'exec sleep 5', { timeoutMs: 300 })
    deepEqual(outcome, { kind: 'timed_out', afterMs: 300, stderr: '' })
    deepEqual(await run(connection(), 'echo still here'), { outcome: exited(0), stdout: 'still here\n' })
  })

  it('a bug in onStdout is thrown to the caller, and nothing else breaks', async () => {
    const onStdout = () => {
      throw new TypeError('a bug')
    }
    await rejects(run(connection(), 'echo x', { onStdout }), /a bug/)
    deepEqual((await run(connection(), 'true')).outcome, exited(0))
  })
}

describe('commands on this machine', () => {
  let connection: Connection
  before(async () => {
    connection = await createLocalTransport().connect({ name: 'here', address: 'localhost', ssh: noSettings })
  })
  commandsEnd(() => connection)
})

describe('commands over ssh2', () => {
  let lab: SshLab
  let server: Sshd
  let transport: Transport
  let connection: Connection

  before(async function () {
    if (whyNoSshd !== null) {
      console.error(`    skipped: ${whyNoSshd}`)
      this.skip()
    }
    lab = new SshLab()
    lab.key('user')
    lab.authorize('user')
    server = await lab.sshd('host')
    transport = labTransport(lab)
    connection = await dial(server)
  })
  after(() => {
    connection?.close()
    lab?.close()
  })

  const dial = (to: Sshd, through: { port: number } = to, using: Transport = transport) =>
    connectTo(using, {
      port: through.port,
      identityFiles: [lab.path('user')],
      knownHosts: lab.write('known_hosts', to.knownHost.replace(`:${to.port} `, `:${through.port} `)),
    })

  commandsEnd(() => connection)

  it('a connection that is cut in mid-command is lost, and so is everything after it', async () => {
    const doomed = await dial(server)
    let said = ''
    const { outcome } = await run(doomed, 'exec sh -c "echo \\$PPID \\$\\$; exec sleep 60"', {
      onStdout: (chunk) => {
        said += chunk.toString()
        const [, sshd, command] = /^(\d+) (\d+)\n/.exec(said) ?? []
        for (const pid of [sshd, command]) if (pid !== undefined) process.kill(Number(pid), 'SIGKILL')
      },
    })
    equal(outcome.kind, 'lost')
    match(said, /^\d+ \d+\n$/)
    equal((await run(doomed, 'true')).outcome.kind, 'lost')
  })

  it('a peer that goes silent is lost once keepalives go unanswered', async () => {
    const wire = new DeadlyWire(server.port)
    await wire.open()
    try {
      const using = labTransport(lab, { keepalive: { intervalMs: 100, countMax: 2 } })
      const doomed = await dial(server, wire, using)
      const { outcome } = await run(doomed, 'echo started; exec sleep 3', { onStdout: () => wire.goDead() })
      deepEqual(outcome, { kind: 'lost', why: 'the connection failed: Keepalive timeout', stderr: '' })
    } finally {
      wire.close()
    }
  })

  it('a session that the host refuses is lost, with the reason', async () => {
    const single = await lab.sshd('single', ['MaxSessions 1'])
    const only = await dial(single)
    const first = run(only, 'exec sleep 1')
    const { outcome } = await run(only, 'true')
    equal(outcome.kind, 'lost')
    match(outcome.kind === 'lost' ? outcome.why : '', /refused another session.*MaxSessions/)
    deepEqual((await first).outcome, exited(0))
    only.close()
  })

  it('what a login profile prints comes before the output, and the exit code is the command’s', async () => {
    const profile = lab.write(
      'noisy',
      'echo "*** Welcome ***"; echo grumble >&2\neval "$SSH_ORIGINAL_COMMAND"\n',
    )
    const noisy = await lab.sshd('noisy-host', [`ForceCommand /bin/sh ${profile}`])
    const there = await dial(noisy)
    deepEqual(await run(there, shellCommand('none'), { stdin: 'echo fact; exit 5\n' }), {
      outcome: exited(5, 'grumble\n'),
      stdout: '*** Welcome ***\nfact\n',
    })
    there.close()
  })
})

import { equal, match, ok } from 'node:assert/strict'
import { runTransaction } from '../../src/apply/transaction.ts'
import { ProvisionError } from '../../src/errors.ts'
import { probeHost } from '../../src/probe/run-probe.ts'
import { createLocalTransport } from '../../src/transport/local.ts'
import type { Connection } from '../../src/transport/transport.ts'
import { programOf } from '../support/program.ts'
import { connectTo, labTransport } from '../transport/support/settings.ts'
import { SshLab, whyNoSshd } from '../transport/support/sshd.ts'

/**
 * Hosts that never stop talking, or never begin. Each command below runs for real, in place of the agent: on this
 * machine, and through an sshd. Endless ones are killed by what is closed under them.
 */
interface Flood {
  what: string
  command: string
  timeoutMs?: number
  probe: RegExp
  apply: RegExp
}

const begin = "printf 'provision-begin\\tn1\\n'"
const floods: Flood[] = [
  {
    what: '100 MB in one line',
    command: 'head -c 104857600 /dev/zero',
    probe: /FLOODED/,
    apply: /MALFORMED|FLOODED|lost/,
  },
  { what: 'lines without end', command: 'yes', probe: /FLOODED/, apply: /lost|NO_ANSWER|MALFORMED/ },
  { what: 'errors without end', command: 'yes >&2', probe: /FLOODED/, apply: /lost|NO_ANSWER|MALFORMED/ },
  {
    what: '100 MB of errors',
    command: 'head -c 104857600 /dev/zero >&2',
    probe: /FLOODED/,
    apply: /lost|NO_ANSWER|MALFORMED/,
  },
  {
    what: 'facts without end',
    command: `${begin}; yes 'x	y	=	'`,
    probe: /FLOODED|MALFORMED/,
    apply: /lost|MALFORMED/,
  },
  {
    what: 'holders without end',
    command: `${begin}; yes 'block/nvme0n1	holder	=	dm-0'`,
    probe: /FLOODED|MALFORMED/,
    apply: /lost|MALFORMED/,
  },
  {
    what: 'events without end',
    command: `${begin}; yes 'step/1	begin	=	module'`,
    probe: /FLOODED|MALFORMED/,
    apply: /MALFORMED/,
  },
  {
    what: 'notes without end',
    command: `${begin}; yes 'lock	stale	=	boo'`,
    probe: /FLOODED|MALFORMED/,
    apply: /MALFORMED/,
  },
  {
    what: '10 MB without a line end',
    command: `${begin}; head -c 10485760 /dev/zero | tr '\\0' x`,
    probe: /MALFORMED/,
    apply: /MALFORMED/,
  },
  { what: 'not a word', command: 'sleep 5', timeoutMs: 300, probe: /TIMED_OUT/, apply: /lost/ },
  {
    what: 'a word now and then',
    command: `${begin}; for i in 1 2 3 4 5 6; do echo; sleep 1; done`,
    timeoutMs: 500,
    probe: /TIMED_OUT|MALFORMED/,
    apply: /lost|MALFORMED/,
  },
  {
    what: 'only half of it',
    command: `${begin}; printf 'host\\tuid\\t='`,
    probe: /TRUNCATED/,
    apply: /lost/,
  },
  {
    what: 'fewer lines than it counts',
    command: `${begin}; printf 'a\\tb\\t=\\tc\\nprovision-end\\tn1\\t7\\n'`,
    probe: /MALFORMED/,
    apply: /MALFORMED/,
  },
  {
    what: 'more lines than it counts',
    command: `${begin}; printf 'a\\tb\\t=\\tc\\nprovision-end\\tn1\\t0\\n'`,
    probe: /MALFORMED/,
    apply: /MALFORMED/,
  },
  {
    what: 'random bytes',
    command: `${begin}; head -c 1000000 /dev/urandom`,
    probe: /MALFORMED|TRUNCATED/,
    apply: /MALFORMED|lost/,
  },
  {
    what: 'screen sequences as its errors',
    command: "printf '\\033[2J\\302\\2332J\\342\\200\\256' >&2; exit 3",
    probe: /NO_ANSWER/,
    apply: /NO_ANSWER/,
  },
]

/** The agent's command is replaced; all the rest of the exec is as it was asked for. */
function saying(connection: Connection, command: string): Connection {
  return {
    ...connection,
    user: 'root',
    exec: (_, options) => connection.exec(command, options),
    close: () => {},
  }
}

async function probed(connection: Connection, timeoutMs: number): Promise<string> {
  try {
    await probeHost(connection, { nonce: 'n1', become: 'none', users: [], timeoutMs, host: 'h' })
    return 'facts'
  } catch (error) {
    return told(error)
  }
}

const program = programOf([{ kind: 'module', module: 'vfio-pci', to: 'loaded' }])
async function applied(connection: Connection, timeoutMs: number): Promise<string> {
  let events = 0
  try {
    const onEvent = () => {
      events += 1
    }
    const result = await runTransaction(connection, program, {
      become: 'none',
      timeoutMs,
      host: 'h',
      onEvent,
    })
    return result.outcome
  } catch (error) {
    return told(error)
  } finally {
    ok(events < 100, `${events} events of one step`)
  }
}

function told(error: unknown): string {
  if (!(error instanceof ProvisionError)) throw error
  ok(error.message.length < 2000 && (error.hint ?? '').length > 0, error.message)
  equal(/[\p{Cc}\p{Cf}\p{Cs}]/u.test(error.message), false, JSON.stringify(error.message))
  return error.code
}

/** Bytes that this process has grown by; what is cut at 16 MiB must not cost a hundred. */
const MOST_GROWTH = 300 << 20

async function bounded(work: () => Promise<string>, says: RegExp): Promise<void> {
  const before = process.memoryUsage().rss
  match(await work(), says)
  const grown = process.memoryUsage().rss - before
  ok(grown < MOST_GROWTH, `grew by ${Math.round(grown / (1 << 20))} MiB`)
}

function cases(some: Flood[], connection: () => Promise<Connection>): void {
  for (const { what, command, timeoutMs = 30_000, probe, apply } of some)
    it(`${what}: the probe fails in clear words, and an apply is no success`, async () => {
      const host = saying(await connection(), command)
      await bounded(() => probed(host, timeoutMs), probe)
      await bounded(() => applied(host, timeoutMs), apply)
    })
}

describe('a host that floods, or is silent, on this machine', function () {
  this.timeout(60_000)
  cases(floods, async () => {
    const local = await createLocalTransport().connect({
      name: 'h',
      address: 'h',
      ssh: { user: null, port: null, identityFiles: [], knownHosts: null, become: 'none', jump: [] },
    })
    return local
  })
})

describe('a host that floods, or is silent, behind a real sshd', function () {
  this.timeout(60_000)
  let lab: SshLab | undefined
  let open: { connection: Connection; close(): Promise<void> } | undefined

  before(async function () {
    if (whyNoSshd !== null) this.skip()
    lab = new SshLab()
    lab.key('user')
    lab.authorize('user')
    const server = await lab.sshd('host')
    const transport = labTransport(lab)
    const connection = await connectTo(transport, {
      port: server.port,
      identityFiles: [lab.path('user')],
      knownHosts: lab.write('known_hosts', server.knownHost),
    })
    open = { connection, close: () => transport.close() }
  })
  after(async () => {
    open?.connection.close()
    await open?.close()
    lab?.close()
  })

  const wire = /end$|screen|not a word|half/
  cases(
    floods.filter(({ what }) => wire.test(what)),
    async () => {
      const connection = open?.connection
      if (connection === undefined) throw new Error('there is no connection')
      return {
        user: connection.user,
        exec: (command, options) => connection.exec(command, options),
        close: () => {},
      }
    },
  )
})

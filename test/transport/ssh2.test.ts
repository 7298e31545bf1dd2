import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import type { SshSettings } from '../../src/config/declaration.ts'
import type { Ssh2Options, SshPrompts } from '../../src/transport/ssh2.ts'
import type { Connection, Transport } from '../../src/transport/transport.ts'
import { refusal, run } from './support/outcome.ts'
import { connectTo, labTransport, noSettings } from './support/settings.ts'
import { me, type Sshd, SshLab, whyNoSshd } from './support/sshd.ts'

/** Answers every question, and remembers what was asked. */
function person(answers: { trust?: boolean; passphrases?: (string | null)[] }) {
  const asked: string[] = []
  const passphrases = [...(answers.passphrases ?? [])]
  const prompts: SshPrompts = {
    confirmHostKey: async ({ knownAs, otherKnownTypes }) => {
      asked.push([knownAs, ...otherKnownTypes].join(' '))
      return answers.trust === true
    },
    passphrase: async ({ file, attempt }) => {
      asked.push(`${file} ${attempt}`)
      return passphrases.shift() ?? null
    },
  }
  return { asked, prompts }
}

describe('ssh2 transport against a real sshd', () => {
  let lab: SshLab
  let server: Sshd
  const opened: (Connection | Transport)[] = []

  before(async function () {
    if (whyNoSshd !== null) {
      console.error(`    skipped: ${whyNoSshd}`)
      this.skip()
    }
    lab = new SshLab()
    for (const name of ['user', 'stranger1', 'stranger2', 'stranger3']) lab.key(name)
    lab.key('secret', { passphrase: 'open sesame' })
    lab.key('rsa', { type: 'rsa' })
    lab.authorize('user', 'secret', 'rsa')
    server = await lab.sshd('host-a')
  })
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
  })
  after(() => lab?.close())

  /** Connects with the right key and the right known_hosts unless told otherwise. */
  async function dial(
    settings: Partial<SshSettings> = {},
    options: Ssh2Options = {},
    variables: Record<string, string> = {},
  ): Promise<Connection> {
    const transport = labTransport(lab, options, variables)
    opened.push(transport)
    const connection = await connectTo(transport, {
      port: server.port,
      identityFiles: [lab.path('user')],
      knownHosts: lab.write('right_known_hosts', server.knownHost),
      ...settings,
    })
    opened.unshift(connection)
    return connection
  }

  describe('keys', () => {
    const logsIn = async (
      settings: Partial<SshSettings>,
      options?: Ssh2Options,
      variables?: Record<string, string>,
    ) => {
      const connection = await dial(settings, options, variables)
      equal(connection.user, me)
      deepEqual((await run(connection, 'echo in')).stdout, 'in\n')
    }

    it('logs in with a named key', () => logsIn({}))
    it('logs in with an RSA key', () => logsIn({ identityFiles: [lab.path('rsa')] }))
    it('goes on to the next key', () => logsIn({ identityFiles: [lab.path('stranger1'), lab.path('user')] }))

    it('asks once for a passphrase, however many hosts need the key', async () => {
      const { asked, prompts } = person({ passphrases: ['wrong', 'open sesame'] })
      const transport = labTransport(lab, { prompts })
      const settings = {
        port: server.port,
        identityFiles: [lab.path('secret')],
        knownHosts: lab.write('known_hosts', server.knownHost),
      }
      const connections = await Promise.all([1, 2, 3].map(() => connectTo(transport, settings)))
      opened.push(...connections, transport)
      deepEqual(asked, [`${lab.path('secret')} 1`, `${lab.path('secret')} 2`])
    })

    it('says what is wrong with an encrypted key when nobody is there to ask', async () => {
      const error = await refusal(dial({ identityFiles: [lab.path('secret')] }))
      equal(error.code, 'AUTH_FAILED')
      match(error.message, /secret: it is encrypted/)
      match(error.hint ?? '', /ssh-add \S*\/secret/)
    })

    it('says when no passphrase was given', async () => {
      const error = await refusal(
        dial({ identityFiles: [lab.path('secret')] }, { prompts: person({}).prompts }),
      )
      match(error.message, /secret: it is encrypted, and no passphrase was given/)
    })

    it('logs in through the agent, without asking for the passphrase of a key that it has', async () => {
      lab.key('agent-only')
      lab.authorize('user', 'secret', 'rsa', 'agent-only')
      const socket = await lab.agent('stranger1', 'agent-only')
      await logsIn({ identityFiles: [] }, {}, { SSH_AUTH_SOCK: socket })
    })

    it('offers a named key before what else the agent has, so that MaxAuthTries is not reached', async () => {
      const strict = await lab.sshd('strict', ['MaxAuthTries 2'])
      const socket = await lab.agent('stranger1', 'stranger2', 'stranger3', 'user')
      const reach = { port: strict.port, knownHosts: lab.write('known_strict', strict.knownHost) }
      const byAgent = { ...reach, identityFiles: [lab.path('user')] }
      await logsIn(byAgent, {}, { SSH_AUTH_SOCK: socket })

      const error = await refusal(dial({ ...reach, identityFiles: [] }, {}, { SSH_AUTH_SOCK: socket }))
      equal(error.code, 'AUTH_FAILED')
      match(error.hint ?? '', /IdentitiesOnly/)
    })

    it('honours IdentitiesOnly', async () => {
      const socket = await lab.agent('user')
      const config = lab.write('only', `IdentitiesOnly yes\nIdentityFile ${lab.path('stranger1')}\n`)
      const error = await refusal(
        dial({ identityFiles: [] }, { configFile: config }, { SSH_AUTH_SOCK: socket }),
      )
      match(error.message, /Tried: \S*stranger1 /)
      ok(!error.message.includes('agent key'))
    })

    it('goes on without an agent that is not there, and says so', async () => {
      await logsIn({}, {}, { SSH_AUTH_SOCK: lab.path('nobody') })
      const error = await refusal(
        dial({ identityFiles: [lab.path('stranger1')] }, {}, { SSH_AUTH_SOCK: lab.path('nobody') }),
      )
      match(error.message, /the agent at \S*nobody: Failed to connect/)
    })

    it('tells which keys were tried and which files are not there', async () => {
      const error = await refusal(dial({ identityFiles: [lab.path('stranger1'), lab.path('nothing')] }))
      equal(error.code, 'AUTH_FAILED')
      equal(error.host, 'stor-01')
      match(
        error.message,
        /Tried: \S*stranger1 \(ssh-ed25519 SHA256:\S+\)\. Not tried: \S*nothing: there is no such/,
      )
      match(error.hint ?? '', /ssh-copy-id -p \d+ \S+@127\.0\.0\.1/)
    })
  })

  describe('host keys', () => {
    const unknownToAll = () => lab.write('known_hosts', '')

    it('knows a hashed name', async () => {
      const file = lab.write('hashed', server.knownHost)
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
      ok(lab.read('hashed').startsWith('|1|'))
      await dial({ knownHosts: file })
    })

    it('asks for the key type that is known, where the server has several', async () => {
      const rsa = lab.key('host-rsa', { type: 'rsa' })
      const both = await lab.sshd('host-both', [`HostKey ${rsa}`])
      const [type, key] = lab.read('host-rsa.pub').split(' ')
      await dial({
        port: both.port,
        knownHosts: lab.write('known', `[127.0.0.1]:${both.port} ${type} ${key}\n`),
      })
    })

    it('refuses an unknown key where nobody can be asked, with the command that records it', async () => {
      const error = await refusal(dial({ knownHosts: unknownToAll() }))
      equal(error.code, 'HOST_KEY_UNKNOWN')
      match(error.message, /ssh-ed25519 SHA256:/)
      match(
        error.hint ?? '',
        new RegExp(
          `ssh -o .*UserKnownHostsFile=${lab.path('known_hosts')} -p ${server.port} .*@127.0.0.1 true`,
        ),
      )
      equal(lab.read('known_hosts'), '')
    })

    it('records an unknown key after a yes, once for hosts that wait for the same answer', async () => {
      const { asked, prompts } = person({ trust: true })
      const transport = labTransport(lab, { prompts })
      const knownHosts = lab.write('known_hosts', '# no newline at the end')
      const settings = { port: server.port, identityFiles: [lab.path('user')], knownHosts }
      opened.push(...(await Promise.all([connectTo(transport, settings), connectTo(transport, settings)])))
      deepEqual(asked, [`[127.0.0.1]:${server.port}`])
      equal(lab.read('known_hosts'), `# no newline at the end\n${server.knownHost}`)
    })

    it('refuses after a no', async () => {
      const error = await refusal(
        dial({ knownHosts: unknownToAll() }, { prompts: person({ trust: false }).prompts }),
      )
      equal(error.code, 'HOST_KEY_UNKNOWN')
      equal(lab.read('known_hosts'), '')
    })

    const changed = () => {
      const [type, key] = lab.read('user.pub').split(' ')
      return lab.write('known_hosts', `# first line\n[127.0.0.1]:${server.port} ${type} ${key}\n`)
    }
    for (const policy of ['ask', 'yes', 'no', 'off', 'accept-new']) {
      it(`refuses a changed key, with StrictHostKeyChecking ${policy}, and never asks`, async () => {
        const configFile = lab.write('policy', `StrictHostKeyChecking ${policy}\n`)
        const { asked, prompts } = person({ trust: true })
        const error = await refusal(dial({ knownHosts: changed() }, { configFile, prompts }))
        equal(error.code, 'HOST_KEY_CHANGED')
        match(error.message, /known_hosts:2 has ssh-ed25519 SHA256:/)
        match(
          error.hint ?? '',
          new RegExp(`ssh-keygen -R '\\[127.0.0.1\\]:${server.port}' -f \\S+/known_hosts`),
        )
        deepEqual(asked, [])
      })
    }

    it('refuses a revoked key', async () => {
      const file = lab.write('known_hosts', `${server.knownHost}@revoked * ${server.type} ${server.key}\n`)
      equal((await refusal(dial({ knownHosts: file }))).code, 'HOST_KEY_REVOKED')
    })

    it('says that it cannot verify a host known only by a certificate authority', async () => {
      const file = lab.write(
        'known_hosts',
        `@cert-authority *.0.0.1 ${lab.read('user.pub')}@cert-authority [127.0.0.1]:* ${lab.read('user.pub')}`,
      )
      equal((await refusal(dial({ knownHosts: file }))).code, 'HOST_KEY_CERTIFICATE')
    })

    it('records without asking where ssh_config says accept-new, hashed where it says so', async () => {
      const configFile = lab.write('policy', 'StrictHostKeyChecking accept-new\nHashKnownHosts yes\n')
      const known = lab.path('new-folder/known_hosts')
      await dial({ knownHosts: known }, { configFile })
      match(lab.read('new-folder/known_hosts'), /^\|1\|.*\n$/)
      await dial({ knownHosts: known })
    })

    it('connects where nothing is kept', async () => {
      const configFile = lab.write('policy', 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n')
      await dial({ knownHosts: null }, { configFile })
    })
  })

  describe('ssh_config', () => {
    const config = () =>
      lab.write(
        'config',
        `Host stor-01
  HostName 127.0.0.1
  Port ${server.port}
  User ${me}
  IdentityFile %d/user
  UserKnownHostsFile ${lab.write('aliased', server.knownHost.replace(/\S+/, 'the-alias'))}
  HostKeyAlias the-alias
`,
      )
    for (const sshBinary of ['ssh', null, '/no/such/ssh']) {
      it(`is honoured with ${sshBinary ?? 'no ssh'}`, async () => {
        const transport = labTransport(lab, { configFile: config(), sshBinary })
        opened.push(transport)
        const connection = await transport.connect({ name: 'stor-01', address: 'stor-01', ssh: noSettings })
        opened.unshift(connection)
        equal((await run(connection, 'echo in')).stdout, 'in\n')
      })
    }
  })

  describe('jump hosts', () => {
    const knowing = (...servers: Sshd[]) =>
      lab.write('known_jump', servers.map((one) => one.knownHost).join(''))
    const hop = (one: Sshd) => `${me}@127.0.0.1:${one.port}`

    it('reaches a host through two, with one connection to each for all hosts behind', async () => {
      const [first, second] = [await lab.sshd('hop-1'), await lab.sshd('hop-2')]
      const transport = labTransport(lab)
      const settings = {
        port: server.port,
        identityFiles: [lab.path('user')],
        knownHosts: knowing(first, second, server),
        jump: [hop(first), hop(second)],
      }
      const connections = await Promise.all([1, 2, 3, 4].map(() => connectTo(transport, settings)))
      opened.push(...connections, transport)
      for (const connection of connections) equal((await run(connection, 'echo in')).stdout, 'in\n')
      for (const bastion of [first, second]) {
        equal(bastion.log.join('').match(/Accepted publickey/g)?.length, 1)
      }
    })

    it('opens a new connection to a jump host that went away', async () => {
      const first = await lab.sshd('hop-0')
      const transport = labTransport(lab)
      opened.push(transport)
      const settings = {
        port: server.port,
        identityFiles: [lab.path('user')],
        knownHosts: knowing(first, server),
        jump: [hop(first)],
      }
      const cut = await connectTo(transport, settings)
      const waiting = run(cut, 'exec sleep 5')
      for (const pid of first.sessions()) process.kill(pid, 'SIGKILL')
      equal((await waiting).outcome.kind, 'lost')
      const again = await connectTo(transport, settings)
      opened.unshift(again)
      equal((await run(again, 'echo in')).stdout, 'in\n')
    })

    it('verifies the jump host under its own name', async () => {
      const first = await lab.sshd('hop-3')
      const error = await refusal(dial({ jump: [hop(first)], knownHosts: knowing(server) }))
      equal(error.code, 'HOST_KEY_UNKNOWN')
      equal(error.host, 'stor-01')
      ok(error.hint?.includes(`-p ${first.port}`))
    })

    it('verifies the host behind it, and names the way in the hint', async () => {
      const first = await lab.sshd('hop-4')
      const error = await refusal(dial({ jump: [hop(first)], knownHosts: knowing(first) }))
      equal(error.code, 'HOST_KEY_UNKNOWN')
      ok(error.hint?.includes(`-J ${hop(first)} -p ${server.port}`))
    })

    it('says when a jump host forbids it', async () => {
      const first = await lab.sshd('hop-5', ['AllowTcpForwarding no'])
      const error = await refusal(dial({ jump: [hop(first)], knownHosts: knowing(first, server) }))
      equal(error.code, 'HOST_UNREACHABLE')
      match(error.hint ?? '', /AllowTcpForwarding yes/)
    })
  })

  describe('logins at once', () => {
    it('30 succeed under MaxStartups 10:30:100', async () => {
      const busy = await lab.sshd('busy', ['MaxStartups 10:30:100'])
      const transport = labTransport(lab)
      const settings = {
        port: busy.port,
        identityFiles: [lab.path('user')],
        knownHosts: lab.write('known_busy', busy.knownHost),
      }
      const connections = await Promise.all(Array.from({ length: 30 }, () => connectTo(transport, settings)))
      opened.push(...connections)
      // sshd counts a login until it has noticed its end, so under load it may drop one: that one is tried again.
      equal(new Set(connections).size, 30)
    })

    it('tries again where sshd drops them all the same', async () => {
      const busy = await lab.sshd('busier', ['MaxStartups 2:100:3'])
      const transport = labTransport(lab, { maxHandshakes: 30 })
      const settings = {
        port: busy.port,
        identityFiles: [lab.path('user')],
        knownHosts: lab.write('known_busy', busy.knownHost),
      }
      const connections = await Promise.all(Array.from({ length: 12 }, () => connectTo(transport, settings)))
      opened.push(...connections)
      equal(busy.log.join('').includes('MaxStartups'), true)
    })
  })

  describe('failures before the login', () => {
    it('nothing listens', async () => {
      const error = await refusal(dial({ port: 1 }))
      equal(error.code, 'HOST_UNREACHABLE')
      match(error.message, /nothing listens on port 1 of 127\.0\.0\.1/)
    })

    it('no key exchange in common', async () => {
      const modern = await lab.sshd('modern', ['KexAlgorithms sntrup761x25519-sha512@openssh.com'])
      const error = await refusal(dial({ port: modern.port }))
      equal(error.code, 'HANDSHAKE_FAILED')
      match(error.message, /no key exchange algorithm in common.*post-quantum/)
    })

    it('a server that takes the connection and never says a word', async () => {
      const silent = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => silent.once('listening', resolve))
      const address = silent.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      try {
        const error = await refusal(dial({ port }, { handshakeTimeoutMs: 200 }))
        equal(error.code, 'HOST_UNREACHABLE')
        match(error.message, /the login was not done within 0\.2 s/)
      } finally {
        silent.close()
      }
    })
  })
})

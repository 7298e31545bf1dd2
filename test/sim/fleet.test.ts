import assert from 'node:assert/strict'
import { ProvisionError } from '../../src/errors.ts'
import { absent, known } from '../../src/probe/fact.ts'
import { storageNode } from '../../src/sim/storage-node.ts'
import { connected, probe, withFleet } from './simulated.ts'

const node = (name: string) => ({ name, facts: storageNode({ name, mounted: { '0000:5f:00.0': '/data' } }) })
const declared = 'devices:\n  spdk: ["0000:5e:00.0"]\n'

describe('a simulated fleet', () => {
  it('answers a probe over real SSH with exactly the facts it has', () =>
    withFleet([node('stor-01'), node('stor-02')], declared, async (simulated) => {
      for (const name of ['stor-01', 'stor-02']) {
        assert.deepEqual(await probe(simulated, name), { ...node(name).facts, users: {} })
      }
    }))

  it('tells of the users that it is asked about', () =>
    withFleet([node('stor-01')], declared, async (simulated) => {
      const { users } = await probe(simulated, 'stor-01', ['spdk', 'nobody-here'])
      assert.deepEqual(users, { spdk: known('spdk:spdk'), 'nobody-here': absent })
    }))

  it('lets nobody in without the key of its own fleet', () =>
    withFleet([node('stor-01')], declared, (simulated) =>
      withFleet([node('stor-01')], declared, async (other) => {
        const [mine] = simulated.declarations
        const [theirs] = other.declarations
        assert.ok(mine && theirs)
        const wrong = { ...mine, ssh: { ...mine.ssh, identityFiles: theirs.ssh.identityFiles } }
        await assert.rejects(simulated.transport.connect(wrong), isError('AUTH_FAILED'))
      }),
    ))

  it('has a host key that its known_hosts vouches for, and no other', () =>
    withFleet([node('stor-01')], declared, (simulated) =>
      withFleet([node('stor-01')], declared, async (other) => {
        const [mine] = simulated.declarations
        const [theirs] = other.declarations
        assert.ok(mine && theirs)
        const wrong = { ...mine, ssh: { ...mine.ssh, knownHosts: theirs.ssh.knownHosts } }
        await assert.rejects(simulated.transport.connect(wrong), isError('HOST_KEY_UNKNOWN'))
      }),
    ))

  it('understands nothing but what provision ships', () =>
    withFleet([node('stor-01')], declared, async (simulated) => {
      for (const [command, stdin] of [
        ['ls -l', ''],
        ['exec /bin/sh -s', 'rm -rf /\n'],
        ['exec /bin/sh -s', ''],
      ] as const) {
        const outcome = await connected(simulated, 'stor-01', (connection) =>
          connection.exec(command, {
            stdin: Buffer.from(stdin),
            onStdout: () => assert.fail('it printed something'),
            timeoutMs: 10_000,
            maxStdoutBytes: 1000,
          }),
        )
        assert.ok(outcome.kind === 'exited' && outcome.code === 127, JSON.stringify(outcome))
      }
    }))

  it('can be out of reach, and can cut an answer short', () =>
    withFleet(
      [
        { ...node('gone'), mishaps: [{ kind: 'unreachable' }] },
        { ...node('gone-too'), mishaps: [{ kind: 'unreachable' }] },
        { ...node('mumbles'), mishaps: [{ kind: 'cuts_probes' }] },
      ],
      declared,
      async (simulated) => {
        await assert.rejects(probe(simulated, 'gone'), isError('HOST_UNREACHABLE'))
        await assert.rejects(probe(simulated, 'gone-too'), isError('HOST_UNREACHABLE'))
        await assert.rejects(probe(simulated, 'mumbles'), isError('PROBE_TRUNCATED'))
      },
    ))

  it('is as large as 1,000 hosts, each with drives of its own', () => {
    const names = Array.from({ length: 1000 }, (_, at) => `stor-${String(at + 1).padStart(4, '0')}`)
    return withFleet(
      names.map((name) => ({ name, facts: storageNode({ name }) })),
      declared,
      async (simulated) => {
        const serials = new Set<string>()
        const left = [...names]
        const worker = async () => {
          for (let name = left.pop(); name !== undefined; name = left.pop()) {
            const { drives, hostname } = await probe(simulated, name)
            assert.deepEqual(hostname, known(name))
            for (const { controller } of drives)
              if (controller.state === 'known') serials.add(controller.value.serial)
          }
        }
        await Promise.all(Array.from({ length: 16 }, worker))
        assert.equal(serials.size, 7 * names.length)
      },
    )
  }).timeout(120_000)
})

function isError(code: string) {
  return (error: unknown) => error instanceof ProvisionError && error.code === code
}

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { known } from '../../src/probe/fact.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { provision } from '../support/captured.ts'
import { withCliFleet } from './fleet.ts'

const [first = ''] = dataAddresses(6)
const host = (name: string) => ({ name, facts: storageNode({ name }) })
const commands = ['validate', 'plan', 'apply', 'status', 'verify', 'release']

describe('bad input on the command line', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'provision-bad-'))
  })
  after(() => rm(folder, { recursive: true }))

  const files: { what: string; text: string; says: RegExp }[] = [
    { what: 'an empty file', text: '', says: /hosts\.yaml:1:1: / },
    { what: 'YAML that is not whole', text: 'version: 1\nhosts: {', says: /hosts\.yaml:2:\d+: / },
    { what: 'a wrong type', text: 'version: 1\nhosts: 3\n', says: /hosts\.yaml:2:8: / },
    {
      what: 'an unknown key, with the one that was meant',
      text: 'version: 1\nhosts: { a: { hugepage: { 2M: 1 } } }\n',
      says: /hosts\.yaml:2:15: .*\n?.*hugepages/,
    },
    {
      what: 'a BDF that is none',
      text: 'version: 1\nhosts: { a: { devices: { spdk: ["5e:zz.0"] } } }\n',
      says: /hosts\.yaml:2:33: /,
    },
    {
      what: 'what a later version will read',
      text: 'version: 1\nrollout: { canary: [a] }\nhosts: { a: { hugepages: { 2M: 1 } } }\n',
      says: /not supported by this version/,
    },
  ]
  for (const { what, text, says } of files) {
    it(`says where: ${what}`, async () => {
      const file = join(folder, 'hosts.yaml')
      await writeFile(file, text)
      for (const command of commands) {
        const ran = await provision(command, file)
        assert.equal(ran.code, 1, command)
        assert.match(ran.stderr, says)
        assert.equal(ran.stdout, '')
      }
    })
  }

  it('says that a folder is no hosts file, and that a file is not there', async () => {
    for (const path of [folder, join(folder, 'nowhere.yaml')]) {
      const ran = await provision('plan', path)
      assert.equal(ran.code, 1)
      assert.ok(ran.stderr.includes(path), ran.stderr)
      assert.doesNotMatch(ran.stderr, /bug/)
    }
  })

  it('takes CRLF and a BOM as they come', async () => {
    await withCliFleet([host('stor-01')], `devices: { spdk: ["${first}"] }`, async ({ hostsFile, edit }) => {
      await edit('version: 1', '\uFEFFversion: 1')
      await edit('hosts:\n', 'hosts:\r\n')
      assert.equal((await provision('plan', hostsFile)).code, 0)
    })
  })

  it('names the drives that there are when a BDF is not', async () => {
    await withCliFleet([host('stor-01')], 'devices: { spdk: ["0000:99:00.0"] }', async ({ hostsFile }) => {
      const ran = await provision('apply', hostsFile, '-y')
      assert.equal(ran.code, 3)
      assert.match(ran.stdout, /DEVICE_NOT_FOUND/)
      assert.ok(ran.stdout.includes(first))
    })
  })

  it('does nothing to a host whose answer breaks off: exit 4', async () => {
    const cut = { ...host('stor-01'), mishaps: [{ kind: 'cuts_probes' as const }] }
    await withCliFleet([cut], `devices: { spdk: ["${first}"] }`, async ({ fleet, hostsFile }) => {
      const before = fleet.hosts[0]?.facts
      const ran = await provision('apply', hostsFile, '-y')
      assert.equal(ran.code, 4, ran.stderr)
      assert.match(ran.stdout, /PROBE_TRUNCATED/)
      assert.equal(fleet.hosts[0]?.facts, before)
    })
  })

  it('does nothing to a host that is not Linux, and says what it is', async () => {
    const bsd = { ...host('stor-01'), facts: { ...storageNode({ name: 'stor-01' }), kernelName: 'FreeBSD' } }
    await withCliFleet([bsd], `devices: { spdk: ["${first}"] }`, async ({ hostsFile }) => {
      const ran = await provision('plan', hostsFile)
      assert.equal(ran.code, 4, ran.stderr)
      assert.match(ran.stdout, /does not run Linux[\s\S]*FreeBSD/)
    })
  })

  it('brings strange mount points and models through unharmed, and shows nothing that moves the screen', async () => {
    const facts = storageNode({ name: 'stor-01', mounted: { [first]: '/srv/a b\tc\nd\udce9\x1b[2J' } })
    const hostile = {
      ...facts,
      drives: facts.drives.map((drive) =>
        drive.bdf === first && drive.controller.state === 'known'
          ? {
              ...drive,
              controller: known({ ...drive.controller.value, model: '\x1b]0;pwned\x07$(reboot)\udcff' }),
            }
          : drive,
      ),
    }
    const declared = `devices: { spdk: ["${first}"] }\nin_use: release`
    await withCliFleet([{ name: 'stor-01', facts: hostile }], declared, async ({ fleet, hostsFile }) => {
      const before = fleet.hosts[0]?.facts.mounts
      for (const command of [['plan'], ['apply', '-y'], ['status'], ['release', '-y']]) {
        const ran = await provision(...command.slice(0, 1), hostsFile, ...command.slice(1))
        assert.equal(ran.code, 0, ran.stdout + ran.stderr)
        assert.doesNotMatch(ran.stdout + ran.stderr, /[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]/u)
      }
      assert.deepEqual(fleet.hosts[0]?.facts.mounts, before)
    })
  })
})

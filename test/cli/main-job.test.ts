import assert from 'node:assert/strict'
import { seen } from '../../src/probe/fact.ts'
import type { SimHost } from '../../src/sim/sim-host.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { provision } from '../support/captured.ts'
import { withCliFleet } from './fleet.ts'

const [first = '', second = ''] = dataAddresses(6)
const drives = `devices: { spdk: ["${first}", "${second}"] }`
const driverOn = (host: SimHost | undefined, bdf: string) => {
  const drive = host?.facts.drives.find((one) => one.bdf === bdf)
  return drive === undefined ? 'absent' : seen(drive.driver)
}
const clean = (name: string) => ({ name, facts: storageNode({ name }) })
const mounted = (name: string) => ({ name, facts: storageNode({ name, mounted: { [first]: '/data' } }) })

describe('the main job on the command line', () => {
  it('is refused while a drive is mounted: exit 3, and no host is touched, also not the others', async () => {
    await withCliFleet([mounted('stor-01'), clean('stor-02')], drives, async ({ fleet, hostsFile }) => {
      const before = fleet.hosts.map(({ facts }) => facts)
      const ran = await provision('apply', hostsFile, '-y')
      assert.equal(ran.code, 3, ran.stderr)
      assert.match(ran.stdout, /DEVICE_MOUNTED/)
      assert.match(ran.stderr, /Nothing was changed: 1 host is blocked/)
      assert.deepEqual(
        fleet.hosts.map(({ facts }) => facts),
        before,
      )
    })
  })

  it('goes on without a blocked host when told to, and still exits 3', async () => {
    await withCliFleet([mounted('stor-01'), clean('stor-02')], drives, async ({ fleet, hostsFile }) => {
      const ran = await provision('apply', hostsFile, '-y', '--skip-blocked')
      assert.equal(ran.code, 3, ran.stderr)
      assert.equal(driverOn(fleet.hosts[0], second), 'nvme')
      assert.equal(driverOn(fleet.hosts[1], second), 'vfio-pci')
    })
  })

  it('is done, then has nothing more to do, is verified, and is taken back with the mount', async () => {
    const declared = `${drives}\nin_use: release\nhugepages: { 2M: { node0: 512, node1: 256 } }`
    await withCliFleet([mounted('stor-01')], declared, async ({ fleet, hostsFile }) => {
      const [host] = fleet.hosts
      assert.equal((await provision('verify', hostsFile)).code, 2)
      assert.equal((await provision('plan', hostsFile, '--detailed-exitcode')).code, 2)
      const applied = await provision('apply', hostsFile, '-y')
      assert.equal(applied.code, 0, applied.stdout + applied.stderr)
      assert.equal(driverOn(host, first), 'vfio-pci')
      assert.ok(!seen(host?.facts.mounts ?? { state: 'absent' })?.some(({ target }) => target === '/data'))

      const again = await provision('apply', hostsFile, '-y')
      assert.equal(again.code, 0)
      assert.match(again.stdout, /No changes/)
      assert.equal((await provision('verify', hostsFile)).code, 0)
      assert.equal((await provision('plan', hostsFile, '--detailed-exitcode')).code, 0)

      const back = await provision('release', hostsFile, '-y')
      assert.equal(back.code, 0, back.stdout + back.stderr)
      assert.equal(driverOn(host, first), 'nvme')
      assert.ok(seen(host?.facts.mounts ?? { state: 'absent' })?.some(({ target }) => target === '/data'))
      const nothing = await provision('release', hostsFile, '-y')
      assert.equal(nothing.code, 0)
      assert.equal(
        nothing.stdout,
        'No changes. Nothing to give back: the declared drives are with the kernel.\n',
      )
    })
  })

  it('asks before it changes anything: without a terminal it refuses and names the flag', async () => {
    await withCliFleet([clean('stor-01')], drives, async ({ fleet, hostsFile }) => {
      const ran = await provision('apply', hostsFile)
      assert.equal(ran.code, 1)
      assert.match(ran.stderr, /--auto-approve/)
      assert.equal(driverOn(fleet.hosts[0], first), 'nvme')
    })
  })

  it('changes nothing with --check', async () => {
    await withCliFleet([clean('stor-01')], drives, async ({ fleet, hostsFile }) => {
      const ran = await provision('apply', hostsFile, '--check')
      assert.equal(ran.code, 0, ran.stderr)
      assert.equal(driverOn(fleet.hosts[0], first), 'nvme')
    })
  })

  it('rolls a host back when a step fails, says so, and exits 2; the other host is done', async () => {
    const failing = {
      ...clean('stor-01'),
      mishaps: [
        {
          kind: 'fails' as const,
          at: { run: 'do' as const, step: 'bind' as const },
          message: 'bind: Invalid argument',
        },
      ],
    }
    await withCliFleet([failing, clean('stor-02')], drives, async ({ fleet, hostsFile }) => {
      const ran = await provision('apply', hostsFile, '-y')
      assert.equal(ran.code, 2, ran.stderr)
      assert.match(ran.stdout, /bind: Invalid argument/)
      assert.equal(driverOn(fleet.hosts[0], first), 'nvme')
      assert.equal(driverOn(fleet.hosts[1], first), 'vfio-pci')
    })
  })

  it('follows a host to its end whose connection was lost', async () => {
    const losing = {
      ...clean('stor-01'),
      mishaps: [
        { kind: 'loses_connection' as const, after: { run: 'do' as const, step: 'unbind' as const } },
      ],
    }
    await withCliFleet([losing], drives, async ({ fleet, hostsFile }) => {
      const ran = await provision('apply', hostsFile, '-y', '-v')
      // It is reached again, and the host's own journal and a probe say how it ended.
      assert.equal(ran.code, 0, ran.stderr)
      assert.match(ran.stderr, /the connection was lost; trying to reach it again/)
      assert.equal(driverOn(fleet.hosts[0], first), 'vfio-pci')
    })
  })

  it('stops before anything is touched when a host cannot be reached: exit 4', async () => {
    const gone = { ...clean('stor-01'), mishaps: [{ kind: 'unreachable' as const }] }
    await withCliFleet([gone, clean('stor-02')], drives, async ({ fleet, hostsFile }) => {
      const ran = await provision('apply', hostsFile, '-y')
      assert.equal(ran.code, 4, ran.stderr)
      assert.equal(driverOn(fleet.hosts[1], first), 'nvme')
      const skipping = await provision('apply', hostsFile, '-y', '--skip-unreachable')
      assert.equal(skipping.code, 4, skipping.stderr)
      assert.equal(driverOn(fleet.hosts[1], first), 'vfio-pci')
    })
  })

  it('works on the hosts that --limit names, and refuses a name that nobody has', async () => {
    await withCliFleet([clean('stor-01'), clean('stor-02')], drives, async ({ fleet, hostsFile }) => {
      assert.equal((await provision('apply', hostsFile, '-y', '-l', 'stor-02')).code, 0)
      assert.equal(driverOn(fleet.hosts[0], first), 'nvme')
      assert.equal(driverOn(fleet.hosts[1], first), 'vfio-pci')
      assert.equal((await provision('plan', hostsFile, '-l', 'stor-03')).code, 1)
    })
  })
})

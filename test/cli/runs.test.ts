import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seen } from '../../src/probe/fact.ts'
import type { Mishap } from '../../src/sim/mishaps.ts'
import type { SimHost } from '../../src/sim/sim-host.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { provision, type Ran } from '../support/captured.ts'
import { withCliFleet } from './fleet.ts'

const [first = ''] = dataAddresses(6)
const declared = `devices: { spdk: ["${first}"] }\nin_use: release\nhugepages: { 2M: { node0: 64 } }`
const driverOn = (host: SimHost | undefined) =>
  seen(host?.facts.drives.find((one) => one.bdf === first)?.driver ?? { state: 'absent' })
const mountOn = (host: SimHost | undefined) =>
  seen(host?.facts.mounts ?? { state: 'absent' })?.some(({ target }) => target === '/data')
const host = (name: string, ...mishaps: Mishap[]) => ({
  name,
  facts: storageNode({ name, mounted: { [first]: '/data' } }),
  mishaps,
})
const cut = (step: 'umount' | 'unbind' | 'bind', boots = false): Mishap => ({
  kind: 'dies',
  after: { run: 'do', step },
  boots,
})
const outcomes = (ran: Ran) => JSON.parse(ran.stdout).hosts.map(({ outcome }: { outcome: string }) => outcome)

async function lastRun(): Promise<string> {
  const { runs } = JSON.parse((await provision('runs', '--json')).stdout)
  return runs.at(-1)?.id ?? assert.fail('there is no run')
}

describe('a run that is kept', () => {
  it('is listed, shown, and taken back with what it took down', async () => {
    await withCliFleet([host('stor-01')], declared, async ({ fleet, hostsFile }) => {
      const [one] = fleet.hosts
      assert.equal((await provision('apply', hostsFile, '-y')).code, 0)
      const run = await lastRun()
      const shown = await provision('show', run)
      assert.equal(shown.code, 0, shown.stderr)
      assert.match(shown.stdout, /unmount \/data/)
      assert.match(shown.stdout, /Applied\./)
      const asked = await provision('rollback', run)
      assert.equal(asked.code, 1)
      assert.equal(driverOn(one), 'vfio-pci')
      const checked = await provision('rollback', run, '--check')
      assert.match(checked.stdout, /mount .* at \/data again/)
      assert.match(checked.stdout, /SPDK's hands/)
      assert.equal(driverOn(one), 'vfio-pci')
      const back = await provision('rollback', run, '-y')
      assert.equal(back.code, 0, back.stdout + back.stderr)
      assert.match(back.stdout, /Rolled back\./)
      assert.equal(driverOn(one), 'nvme')
      assert.ok(mountOn(one))
      assert.match((await provision('rollback', run, '-y')).stdout, /Nothing to take back/)
    })
  })

  it('is not taken back where somebody went on since: refused, with the fact', async () => {
    await withCliFleet([host('stor-01')], declared, async ({ hostsFile }) => {
      await provision('apply', hostsFile, '-y')
      const run = await lastRun()
      await provision('release', hostsFile, '-y')
      const back = await provision('rollback', run, '-y')
      assert.equal(back.code, 3, back.stdout + back.stderr)
      assert.match(back.stdout, /RUN_OVERTAKEN/)
    })
  })

  it('is unknown on another machine, which says so', async () => {
    const ran = await provision('resume', '20260101-000000-abcd')
    assert.equal(ran.code, 1)
    assert.match(ran.stderr, /RUN_UNKNOWN/)
  })
})

describe('a run that was cut off', () => {
  for (const [what, mishap] of [
    ['the connection is lost', { kind: 'loses_connection', after: { run: 'do', step: 'unbind' } }],
    ['the agent is killed between unbind and bind', cut('unbind')],
    ['the agent is killed with the filesystem unmounted', cut('umount')],
    ['the power fails after the bind', cut('bind', true)],
  ] satisfies [string, Mishap][])
    it(`because ${what} ends as declared, at the latest by resume`, async () => {
      await withCliFleet([host('stor-01', mishap)], declared, async ({ fleet, hostsFile }) => {
        const ran = await provision('apply', hostsFile, '-y', '--json')
        if (ran.code !== 0) {
          assert.equal(ran.code, 2, ran.stderr)
          assert.match(ran.stdout, /provision resume/)
          fleet.hosts[0]?.mishaps.splice(0)
          const planned = await provision('plan', hostsFile)
          assert.equal(planned.code, 3, planned.stdout)
          assert.match(planned.stdout, /RUN_UNFINISHED/)
          const resumed = await provision('resume', await lastRun(), '--json')
          assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr)
          assert.deepEqual(outcomes(resumed), ['applied'])
        }
        assert.equal(driverOn(fleet.hosts[0]), 'vfio-pci')
        assert.equal((await provision('verify', hostsFile)).code, 0)
        const nothing = await provision('resume', await lastRun(), '--json')
        assert.deepEqual(outcomes(nothing), ['applied'])
        assert.equal((await provision('rollback', await lastRun(), '-y')).code, 0)
        assert.ok(mountOn(fleet.hosts[0]))
      })
    })

  it('is mended from another machine by what the host has written down', async () => {
    await withCliFleet([host('stor-01', cut('unbind'))], declared, async ({ fleet, hostsFile }) => {
      await provision('apply', hostsFile, '-y')
      fleet.hosts[0]?.mishaps.splice(0)
      const run = await lastRun()
      const state = process.env.XDG_STATE_HOME
      process.env.XDG_STATE_HOME = mkdtempSync(join(tmpdir(), 'provision-other-machine-'))
      try {
        const back = await provision('rollback', run, hostsFile, '-y')
        assert.equal(back.code, 0, back.stdout + back.stderr)
        assert.match(back.stdout, /mount .* at \/data again/)
      } finally {
        process.env.XDG_STATE_HOME = state
      }
      assert.equal(driverOn(fleet.hosts[0]), 'nvme')
      assert.ok(mountOn(fleet.hosts[0]))
      assert.equal((await provision('plan', hostsFile)).code, 0)
    })
  })

  it('leaves failed hosts alone, unless they are to be tried again', async () => {
    const failing: Mishap = { kind: 'fails', at: { run: 'do', step: 'bind' }, message: 'Invalid argument' }
    await withCliFleet(
      [host('stor-01', failing), host('stor-02')],
      declared,
      async ({ fleet, hostsFile }) => {
        assert.equal((await provision('apply', hostsFile, '-y')).code, 2)
        fleet.hosts[0]?.mishaps.splice(0)
        const left = await provision('resume', await lastRun(), '--json')
        assert.equal(left.code, 2)
        assert.deepEqual(outcomes(left), ['rolled_back', 'applied'])
        assert.match(left.stderr, /--retry-failed/)
        const again = await provision('resume', await lastRun(), '--retry-failed', '--json')
        assert.equal(again.code, 0, again.stdout + again.stderr)
        assert.deepEqual(outcomes(again), ['applied', 'applied'])
      },
    )
  })
})

describe('unlock', () => {
  it('says so of a host that is not locked', async () => {
    await withCliFleet([host('stor-01')], declared, async ({ hostsFile }) => {
      const ran = await provision('unlock', hostsFile, 'stor-01')
      assert.equal(ran.code, 0, ran.stderr)
      assert.match(ran.stdout, /not locked/)
      assert.equal((await provision('unlock', hostsFile, 'stor-1')).code, 1)
    })
  })
})

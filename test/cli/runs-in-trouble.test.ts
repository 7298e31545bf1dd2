import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { runFolder } from '../../src/apply/journal/folder.ts'
import { absent, known, seen } from '../../src/probe/fact.ts'
import type { Mishap } from '../../src/sim/mishaps.ts'
import type { SimHost } from '../../src/sim/sim-host.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { provision, type Ran } from '../support/captured.ts'
import { type CliFleet, withCliFleet } from './fleet.ts'

const [first = ''] = dataAddresses(6)
const declared = `devices: { spdk: ["${first}"] }\nin_use: release`
const driverOn = (host: SimHost) => seen(host.facts.drives.find((one) => one.bdf === first)?.driver ?? absent)
const dies: Mishap = { kind: 'dies', after: { run: 'do', step: 'unbind' }, boots: false }
const ended = (ran: Ran, code: number) => assert.equal(ran.code, code, ran.stdout + ran.stderr)

async function lastRun(): Promise<string> {
  const { runs } = JSON.parse((await provision('runs', '--json')).stdout)
  return runs.at(-1)?.id ?? assert.fail('there is no run')
}

/** One host, and a way to have somebody else hold its lock for a while. */
async function withHost(
  mishaps: Mishap[],
  use: (
    host: SimHost,
    fleet: CliFleet,
    locked: (work: () => Promise<void>) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const facts = storageNode({ name: 'stor-01', mounted: { [first]: '/data' } })
  await withCliFleet([{ name: 'stor-01', facts, mishaps }], declared, async (fleet) => {
    const [host] = fleet.fleet.hosts
    if (host === undefined) return
    await use(host, fleet, async (work) => {
      host.facts = { ...host.facts, lock: known('run other by eve on elsewhere') }
      await work()
      host.facts = { ...host.facts, lock: absent }
    })
  })
}

describe('a run whose rollback or resume is disturbed', () => {
  it('is taken back by a second rollback, when the first one met a lock', async () => {
    await withHost([], async (host, { hostsFile }, locked) => {
      ended(await provision('apply', hostsFile, '-y'), 0)
      const run = await lastRun()
      await locked(async () => ended(await provision('rollback', run, '-y'), 5))
      assert.equal(driverOn(host), 'vfio-pci')
      ended(await provision('rollback', run, '-y'), 0)
      assert.equal(driverOn(host), 'nvme')
    })
  })

  it('is brought to its end by a second resume, when the first one met a lock', async () => {
    await withHost([dies], async (host, { hostsFile }, locked) => {
      ended(await provision('apply', hostsFile, '-y'), 2)
      host.mishaps.splice(0)
      const run = await lastRun()
      await locked(async () => ended(await provision('resume', run), 5))
      ended(await provision('resume', run), 0)
      assert.equal(driverOn(host), 'vfio-pci')
    })
  })

  it('is taken back whole after an undo that failed: the drive is bound again, its record kept till then', async () => {
    const hangs: Mishap = { kind: 'hangs', at: { run: 'do', step: 'unbind' }, message: 'it hangs' }
    await withHost([hangs], async (host, { hostsFile }) => {
      ended(await provision('apply', hostsFile, '-y'), 2)
      host.mishaps.splice(0)
      // The kernel came back after all, and let the drive go.
      host.facts = {
        ...host.facts,
        drives: host.facts.drives.map((one) =>
          one.bdf === first ? { ...one, driver: absent, controller: absent, namespaces: [] } : one,
        ),
      }
      const back = await provision('rollback', await lastRun(), '-y')
      ended(back, 0)
      assert.equal(driverOn(host), 'nvme')
      assert.ok(seen(host.facts.mounts)?.some(({ target }) => target === '/data'))
    })
  })

  it('does not go forward when the facts from before are lost: it was a rollback that was asked for', async () => {
    const cut: Mishap = { kind: 'loses_connection', after: { run: 'undo', step: 'bind' } }
    await withHost([], async (host, { hostsFile }) => {
      ended(await provision('apply', hostsFile, '-y'), 0)
      const run = await lastRun()
      host.mishaps.push(cut)
      await provision('rollback', run, '-y')
      host.mishaps.splice(0)
      const facts = join(runFolder(run), 'facts')
      for (const file of readdirSync(facts)) truncateSync(join(facts, file), 100)
      const resumed = await provision('resume', run)
      assert.notEqual(resumed.code, 0, resumed.stdout)
      assert.match(resumed.stdout, /FACTS_LOST/)
      assert.equal(driverOn(host), 'nvme')
    })
  })

  it('is read and gone on with though its journal ends in half a line', async () => {
    await withHost([dies], async (host, { hostsFile }) => {
      ended(await provision('apply', hostsFile, '-y'), 2)
      host.mishaps.splice(0)
      const run = await lastRun()
      appendFileSync(join(runFolder(run), 'hosts.ndjson'), '{"type":"begun","host":"st')
      ended(await provision('resume', run), 0)
      ended(await provision('rollback', run, '-y'), 0)
      assert.equal(driverOn(host), 'nvme')
    })
  })
})

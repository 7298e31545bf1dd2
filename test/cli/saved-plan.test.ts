import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { known, seen } from '../../src/probe/fact.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { provision } from '../support/captured.ts'
import { withCliFleet } from './fleet.ts'

const [first = ''] = dataAddresses(6)
const drives = `devices: { spdk: ["${first}"] }`
const host = (name: string) => ({ name, facts: storageNode({ name }) })

describe('a saved plan', () => {
  it('is shown as it was reviewed, and applied without asking, once', async () => {
    await withCliFleet([host('stor-01')], drives, async ({ fleet, hostsFile, path }) => {
      const plan = path('plan.json')
      const planned = await provision('plan', hostsFile, '-o', plan)
      assert.equal(planned.code, 0, planned.stderr)
      const shown = await provision('show', plan)
      assert.equal(shown.stdout, planned.stdout)
      const applied = await provision('apply', plan)
      assert.equal(applied.code, 0, applied.stdout + applied.stderr)
      const drive = fleet.hosts[0]?.facts.drives.find(({ bdf }) => bdf === first)
      assert.equal(seen(drive?.driver ?? { state: 'absent' }), 'vfio-pci')
      const again = await provision('apply', plan)
      assert.equal(again.code, 3, 'the drive is not as the plan saw it any more')
      assert.match(again.stdout.replaceAll(/\s+/g, ' '), /driver: was nvme, is vfio-pci/)
    })
  })

  it('is refused on the host whose facts changed, naming the fact; the other host goes on', async () => {
    await withCliFleet([host('stor-01'), host('stor-02')], drives, async ({ fleet, hostsFile, path }) => {
      const plan = path('plan.json')
      assert.equal((await provision('plan', hostsFile, '-o', plan)).code, 0)
      const [changed, same] = fleet.hosts
      assert.ok(changed && same)
      changed.facts = {
        ...changed.facts,
        drives: changed.facts.drives.map((drive) =>
          drive.bdf === first && drive.controller.state === 'known'
            ? { ...drive, controller: known({ ...drive.controller.value, serial: 'ANOTHER' }) }
            : drive,
        ),
      }
      const ran = await provision('apply', plan, '--json')
      assert.equal(ran.code, 3, ran.stderr)
      const hosts = JSON.parse(ran.stdout).hosts
      assert.match(JSON.stringify(hosts[0]), /PLAN_STALE.*serial: was S[^,]*, is ANOTHER/)
      assert.equal(hosts[1].outcome, 'applied')
    })
  })

  it('is refused when it was edited, cut short, or made by another version', async () => {
    await withCliFleet([host('stor-01')], drives, async ({ fleet, hostsFile, path }) => {
      const plan = path('plan.json')
      await provision('plan', hostsFile, '-o', plan)
      const text = await readFile(plan, 'utf8')
      const damages: [string, RegExp][] = [
        [text.replaceAll('vfio-pci', 'uio_pci_generic'), /PLAN_FILE_CHANGED/],
        [text.slice(0, text.length / 2), /PLAN_FILE_BROKEN|CONFIG_INVALID|plan\.json:/],
      ]
      for (const [damaged, code] of damages) {
        await writeFile(plan, damaged)
        const ran = await provision('apply', plan)
        assert.equal(ran.code, 1)
        assert.match(ran.stderr, code)
      }
      const drive = fleet.hosts[0]?.facts.drives.find(({ bdf }) => bdf === first)
      assert.equal(seen(drive?.driver ?? { state: 'absent' }), 'nvme')
    })
  })

  it('is refused where everything was in sync, and is so no more', async () => {
    await withCliFleet([host('stor-01')], drives, async ({ hostsFile, path }) => {
      assert.equal((await provision('apply', hostsFile, '-y')).code, 0)
      const plan = path('plan.json')
      assert.equal((await provision('plan', hostsFile, '-o', plan)).code, 0)
      assert.equal((await provision('apply', plan)).code, 0)
      assert.equal((await provision('release', hostsFile, '-y')).code, 0)
      for (const argv of [
        ['apply', plan],
        ['apply', plan, '--check'],
      ]) {
        const ran = await provision(...argv)
        assert.equal(ran.code, 3, ran.stdout + ran.stderr)
        assert.match(ran.stdout, /PLAN_STALE/)
      }
    })
  })

  it('remembers hosts that could not be reached', async () => {
    const gone = { ...host('stor-01'), mishaps: [{ kind: 'unreachable' as const }] }
    await withCliFleet([gone, host('stor-02')], drives, async ({ fleet, hostsFile, path }) => {
      const plan = path('plan.json')
      assert.equal((await provision('plan', hostsFile, '-o', plan)).code, 4)
      assert.match((await provision('show', plan)).stdout, /stor-01.*unreachable/)
      assert.equal((await provision('apply', plan)).code, 4)
      const drive = fleet.hosts[1]?.facts.drives.find(({ bdf }) => bdf === first)
      assert.equal(seen(drive?.driver ?? { state: 'absent' }), 'nvme')
    })
  })

  it('never overwrites what is no plan, and is taken for no hosts file', async () => {
    await withCliFleet([host('stor-01')], drives, async ({ hostsFile, path }) => {
      const over = await provision('plan', hostsFile, '-o', hostsFile)
      assert.equal(over.code, 1)
      assert.match(over.stderr, /OUT_EXISTS/)
      assert.equal((await provision('plan', hostsFile, '-o', path('no/such/plan.json'))).code, 1)
      const plan = path('plan.json')
      await provision('plan', hostsFile, '-o', plan)
      assert.match((await provision('verify', plan)).stderr, /PLAN_FILE_GIVEN/)
      const none = await provision('show', path('none.json'))
      assert.match(none.stderr, /PLAN_FILE_BROKEN/)
    })
  })
})

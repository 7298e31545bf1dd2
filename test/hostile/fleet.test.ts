import { equal, match, ok } from 'node:assert/strict'
import { known, mapFact } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import type { Mishap } from '../../src/sim/mishaps.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { withCliFleet } from '../cli/fleet.ts'
import { provision } from '../support/captured.ts'
import { nasty, nastyPaths, whatGarbles } from './nasty.ts'

const [first = '', second = ''] = dataAddresses(6)
const drives = `devices: { spdk: ["${first}", "${second}"] }`

/** A storage node whose drives, mounts and names are called by these, one after the other. */
function hostile(name: string, texts: readonly string[], paths: readonly string[]): HostFacts {
  const facts = storageNode({ name, mounted: { [first]: '/data', [second]: '/more' } })
  const text = (at: number) => texts[at % texts.length] ?? ''
  const path = (at: number) => paths[at % paths.length] ?? ''
  return {
    ...facts,
    hostname: known(text(0)),
    kernelRelease: known(text(1)),
    cmdline: known(text(2)),
    drives: facts.drives.map((drive, at) => ({
      ...drive,
      controller: mapFact(drive.controller, (controller) =>
        known({
          ...controller,
          model: text(at).trimEnd(),
          firmware: text(at + 1).trimEnd(),
          serial: at > 2 ? text(at + 2).trimEnd() : controller.serial,
        }),
      ),
    })),
    functions: facts.functions.map((one, at) => (at === 0 ? { ...one, driver: known(text(3)) } : one)),
    mounts: mapFact(facts.mounts, (mounts) =>
      known(
        mounts.map((mount, at) =>
          /^\/(data|more)$/.test(mount.target)
            ? { ...mount, target: path(at), options: `rw,x=${at}` }
            : mount,
        ),
      ),
    ),
  }
}

const short = Object.values(nasty).filter((text) => text.length <= 60)
const paths = Object.values(nastyPaths)
const worst = [nasty['a screen sequence'], nasty['a C1 sequence'], nasty['a quote']].join('')
const fails: Mishap = { kind: 'fails', at: { run: 'do', step: 'bind' }, message: worst }
const hangs: Mishap = { kind: 'hangs', at: { run: 'do', step: 'unbind' }, message: worst }

/** Sixteen hosts with other texts each, two of them failing with words of their own. */
const hosts = Array.from({ length: 16 }, (_, at) => {
  const name = `stor-${String(at + 1).padStart(2, '0')}`
  const turn = <T>(list: T[]) => [...list.slice(at), ...list.slice(0, at)]
  const mishaps = at === 0 ? { mishaps: [fails] } : at === 1 ? { mishaps: [hangs] } : {}
  return { name, facts: hostile(name, turn(short), turn(paths)), ...mishaps }
})

describe('a hostile fleet on the command line, over real SSH', function () {
  this.timeout(120_000)

  async function ran(...argv: string[]) {
    const result = await provision(...argv)
    for (const text of [result.stdout, result.stderr]) equal(whatGarbles(text), undefined, argv.join(' '))
    ok(!/This is a bug/.test(result.stderr), result.stderr)
    if (argv.includes('--json')) JSON.parse(result.stdout)
    return result
  }

  it('is refused, shown and explained without a word out of place', async () => {
    await withCliFleet(hosts, drives, async ({ hostsFile }) => {
      equal((await ran('plan', hostsFile, '-v')).code, 3)
      equal((await ran('plan', hostsFile, '--json')).code, 3)
      equal((await ran('status', hostsFile, '-v')).code, 0)
      equal((await ran('status', hostsFile, '--json')).code, 0)
      equal((await ran('verify', hostsFile)).code, 2)
      equal((await ran('verify', hostsFile, '--json')).code, 2)
      equal((await ran('apply', hostsFile, '-y')).code, 3)
      for (const { name } of hosts.slice(0, 6))
        match((await ran('explain', hostsFile, name, first)).stdout, /mounted at/)
    })
  })

  it('is changed, and given back, with every path as it was', async () => {
    await withCliFleet(hosts, `${drives}\nin_use: release`, async ({ fleet, hostsFile, path }) => {
      const mounts = (at: number) =>
        JSON.stringify(
          mapFact(fleet.hosts[at]?.facts.mounts ?? { state: 'absent' }, (all) =>
            known(all.map(({ target, options }) => `${target} ${options}`).sort()),
          ),
        )
      const before = hosts.map((_, at) => mounts(at))
      equal((await ran('plan', hostsFile, '-o', path('plan.json'))).code, 0)
      equal((await ran('show', path('plan.json'))).code, 0)
      const applied = await ran('apply', hostsFile, '-y')
      equal(applied.code, 2)
      match(applied.stdout, /14 applied/)
      await ran('apply', hostsFile, '-y', '--json')
      const runs = await ran('runs')
      const run = /\d{8}-\d{6}-[0-9a-f]{4}/.exec(runs.stdout)?.[0] ?? ''
      equal((await ran('show', run)).code, 0)
      equal((await ran('show', run, '--json')).code, 0)
      await ran('release', hostsFile, '-y')
      // The first two fail at their steps, and were rolled back or left to a person.
      for (const at of hosts.keys()) if (at > 1) equal(mounts(at), before[at], `stor-${at + 1}`)
    })
  })
})

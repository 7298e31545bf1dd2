import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { seen } from '../../src/probe/fact.ts'
import type { SimHost } from '../../src/sim/sim-host.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { provision } from '../support/captured.ts'
import { withCliFleet } from './fleet.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const [first = ''] = dataAddresses(6)
const driverOn = (host: SimHost | undefined) =>
  seen(host?.facts.drives.find((one) => one.bdf === first)?.driver ?? { state: 'absent' })
const slow = (name: string) => ({
  name,
  facts: storageNode({ name }),
  mishaps: [{ kind: 'slow' as const, ms: 250 }],
})

/** The command in a process of its own: a signal cannot be sent to half of this one. */
class Running {
  stderr = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>

  constructor(...argv: string[]) {
    this.#child = spawn(process.execPath, ['--import=tsx', main, ...argv], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString()
    })
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  async until(said: RegExp): Promise<void> {
    const give = Date.now() + 60_000
    while (!said.test(this.stderr)) {
      if (Date.now() > give || this.#child.exitCode !== null)
        assert.fail(`it never said ${said}\n${this.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  interrupt(): void {
    this.#child.kill('SIGINT')
  }

  ended(): Promise<number | null> {
    return this.#ended
  }
}

describe('Ctrl-C', () => {
  it('once: the host at work goes through with its steps, no other is begun, and resume does the rest', async function () {
    this.timeout(120_000)
    const declared = `devices: { spdk: ["${first}"] }`
    await withCliFleet([slow('stor-01'), slow('stor-02')], declared, async ({ fleet, hostsFile }) => {
      const running = new Running('apply', hostsFile, '-y', '-f', '1')
      await running.until(/stor-01: .* … done/)
      running.interrupt()
      assert.equal(await running.ended(), 130, running.stderr)
      assert.match(running.stderr, /waiting for the hosts at work; no other is begun/)
      assert.equal(driverOn(fleet.hosts[0]), 'vfio-pci')
      assert.equal(driverOn(fleet.hosts[1]), 'nvme')
      const [, run] = /provision resume (\S+)/.exec(running.stderr) ?? assert.fail(running.stderr)
      const resumed = await provision('resume', run ?? '')
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr)
      assert.equal(driverOn(fleet.hosts[1]), 'vfio-pci')
    })
  })

  it('twice: it leaves at once, the host finishes by itself, and resume tells how', async function () {
    this.timeout(120_000)
    const declared = `devices: { spdk: ["${first}"] }`
    await withCliFleet([slow('stor-01')], declared, async ({ fleet, hostsFile }) => {
      const running = new Running('apply', hostsFile, '-y')
      await running.until(/stor-01: .* … done/)
      running.interrupt()
      await running.until(/Ctrl-C again/)
      running.interrupt()
      assert.equal(await running.ended(), 130, running.stderr)
      assert.notEqual(driverOn(fleet.hosts[0]), 'vfio-pci')
      const [, run] = /provision resume (\S+)/.exec(running.stderr) ?? assert.fail(running.stderr)
      const resumed = await provision('resume', run ?? '')
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr)
      assert.equal(driverOn(fleet.hosts[0]), 'vfio-pci')
    })
  })
})

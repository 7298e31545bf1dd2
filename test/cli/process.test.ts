import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { provision } from '../support/captured.ts'
import { withCliFleet } from './fleet.ts'

const [first = ''] = dataAddresses(6)
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const host = { name: 'stor-01', facts: storageNode({ name: 'stor-01' }) }

/** `provision …` as a process of its own; with `closed` nobody reads its standard output. */
async function exitOf(argv: string[], options: { closed: boolean }): Promise<number | null> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (options.closed) child.stdout.destroy()
  else child.stdout.resume()
  child.stderr.resume()
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

describe('provision as a process', () => {
  it('brings an apply to its end when nobody reads its output, and verify still says 2', async () => {
    await withCliFleet([host], `devices: { spdk: ["${first}"] }`, async ({ hostsFile }) => {
      assert.equal(await exitOf(['verify', hostsFile], { closed: true }), 2)
      assert.equal(await exitOf(['apply', hostsFile, '-y'], { closed: true }), 0)
      assert.equal((await provision('verify', hostsFile)).code, 0)
    })
  })

  it('ends, rather than waiting on open connections, when approval is missing or the plan is blocked', async () => {
    const mounted = {
      name: 'stor-01',
      facts: storageNode({ name: 'stor-01', mounted: { [first]: '/data' } }),
    }
    await withCliFleet([mounted], `devices: { spdk: ["${first}"] }`, async ({ hostsFile }) => {
      assert.equal(await exitOf(['apply', hostsFile], { closed: false }), 1)
      assert.equal(await exitOf(['apply', hostsFile, '-y'], { closed: false }), 3)
    })
  })
})

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPlaybook, loadConfig } from '../../src/config/load.ts'
import { renderProblems } from '../../src/config/problem.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const filesIn = (folder: string) =>
  readdirSync(path.join(root, folder)).map((name) => path.join(root, folder, name))

const load = async (name: string) => {
  const result = await loadConfig(path.join(root, 'examples', name))
  assert.ok(result.ok)
  return result.config
}

describe('examples and playbooks', () => {
  for (const file of filesIn('examples')) {
    it(`examples/${path.basename(file)} is valid`, async () => {
      const result = await loadConfig(file)
      assert.equal(renderProblems(result.ok ? result.config.warnings : result.problems), '')
      assert.match(
        readFileSync(file, 'utf8'),
        /^# yaml-language-server: \$schema=\.\.\/schemas\/hosts\.schema\.json\n/,
      )
    })
  }

  for (const file of filesIn('playbooks')) {
    it(`playbooks/${path.basename(file)} is valid`, async () => {
      assert.equal(renderProblems(await checkPlaybook(file)), '')
      assert.match(
        readFileSync(file, 'utf8'),
        /^# yaml-language-server: \$schema=\.\.\/schemas\/playbook\.schema\.json\n/,
      )
    })
  }

  it('the mixed host has hugepages per node only', async () => {
    const { hosts } = await load('mixed-host.yaml')
    assert.deepEqual(hosts[0]?.hugepages, [
      { sizeKiB: 2048, node: 0, count: 512 },
      { sizeKiB: 2048, node: 1, count: 4096 },
      { sizeKiB: 1048576, node: 1, count: 8 },
    ])
  })

  it('the fleet returns the drives of its retiring hosts', async () => {
    const { hosts } = await load('fleet-behind-bastion.yaml')
    assert.equal(hosts.length, 40)
    const spdk = (name: string) => hosts.find((host) => host.name === name)?.devices.spdk.map(({ by }) => by)
    assert.deepEqual([spdk('stor-01'), spdk('stor-07'), spdk('stor-31')], [['match'], ['bdf', 'bdf'], []])
  })
})

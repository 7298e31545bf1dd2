import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dataAddresses, storageNode } from '../src/sim/storage-node.ts'
import { withCliFleet } from './cli/fleet.ts'
import { provision } from './support/captured.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The fenced block that follows this HTML comment. */
function blockAfter(marker: string): string {
  const found = new RegExp(`<!-- ${marker} -->\\n+\`\`\`\\w*\\n([\\s\\S]*?)\`\`\``).exec(readme)
  return found?.[1] ?? assert.fail(`the README has no block after <!-- ${marker} -->`)
}

describe('the README', () => {
  it('shows a plan that is what the program prints', async () => {
    const [first = '', second = ''] = dataAddresses(6)
    const facts = storageNode({ name: 'stor-01', mounted: { [first]: '/data' } })
    const declared = `devices: { spdk: ["${first}", "${second}"] }\nin_use: release\nhugepages: { 2M: 4096 }`
    await withCliFleet([{ name: 'stor-01', facts }], declared, async ({ hostsFile }) => {
      const { stdout } = await provision('plan', hostsFile)
      assert.equal(blockAfter('plan'), stdout)
    })
  })

  it('shows a refusal that is what the program prints', async () => {
    const [first = ''] = dataAddresses(6)
    const facts = storageNode({ name: 'stor-01', mounted: { [first]: '/data' } })
    await withCliFleet(
      [{ name: 'stor-01', facts }],
      `devices: { spdk: ["${first}"] }`,
      async ({ hostsFile }) => {
        const { stdout } = await provision('plan', hostsFile)
        assert.equal(blockAfter('refusal'), stdout)
      },
    )
  })

  it('has a tour whose hosts file is valid', async () => {
    const { writeFileSync, mkdtempSync, rmSync } = await import('node:fs')
    const { join } = await import('node:path')
    const { tmpdir } = await import('node:os')
    const folder = mkdtempSync(join(tmpdir(), 'provision-readme-'))
    try {
      const file = join(folder, 'hosts.yaml')
      writeFileSync(file, blockAfter('hosts file'))
      const ran = await provision('validate', file)
      assert.equal(ran.code, 0, ran.stderr)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('links to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => path)
    assert.ok(links.length > 5)
    for (const path of links) assert.ok(existsSync(new URL(`../${path}`, import.meta.url)), path)
  })
})

import assert from 'node:assert/strict'
import { configOf, loadFiles } from './files.ts'

const HOSTS = 10_000
const host = (n: number) => [
  `  stor-${n}:`,
  `    address: 10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
  `    devices: { spdk: [{ bdf: "5e:00.0", serial: S${n}X }] }`,
]
const fleet = (hosts: number, last: string) =>
  ['version: 1', 'hosts:', ...Array.from({ length: hosts }, (_, n) => [...host(n), last]).flat()].join('\n')

describe('config of 10,000 hosts', function () {
  // It takes two seconds; this is for machines that do much else at the time.
  this.timeout(120_000)

  it('each written out', async () => {
    const { hosts } = await configOf({ 'hosts.yaml': fleet(HOSTS, '    persist: true') })
    assert.equal(hosts.length, HOSTS)
    assert.deepEqual(hosts.at(-1)?.devices.spdk, [
      { by: 'bdf', bdf: '0000:5e:00.0', serial: `S${HOSTS - 1}X` },
    ])
  })

  it('named by one range', async () => {
    const yaml = 'version: 1\nhugepages: { 2M: 1 }\ngroups:\n  g:\n    hosts:\n      - n[00001:10000]\n'
    const { inventory } = await configOf({ 'hosts.yaml': yaml })
    assert.deepEqual([inventory.hosts.length, inventory.hosts.at(-1)], [HOSTS, 'n10000'])
  })

  it('a mistake in each of 1,000: all reported, a hundred printed', async () => {
    const { result, text } = await loadFiles({ 'hosts.yaml': fleet(1000, '    persists: true') })
    assert.equal(result.ok ? 0 : result.problems.length, 1000)
    assert.match(text, /… and 900 more$/)
  })
})

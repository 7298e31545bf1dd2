import assert from 'node:assert/strict'
import { type ReasonCode, registry } from '../../src/reasons/registry.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'
import { provision } from '../support/captured.ts'
import { withCliFleet } from './fleet.ts'

const [first = '', second = ''] = dataAddresses(6)

describe('explain', () => {
  it('tells every code, with what was seen and what to do', async () => {
    for (const code of Object.keys(registry) as ReasonCode[]) {
      const ran = await provision('explain', code.toLowerCase())
      assert.equal(ran.code, 0, code)
      assert.ok(ran.stdout.startsWith(code))
      assert.match(ran.stdout, /For example:\n {2}\S[\s\S]*\n {2}→ \S/, code)
    }
  })

  for (const [symptom, ...codes] of [
    ['Active mountpoints on nvme0n1, so not binding PCI dev', 'DEVICE_MOUNTED', 'SYSTEM_DEVICE'],
    ['so not binding PCI dev', 'DEVICE_MOUNTED', 'DEVICE_HAS_DATA'],
    ['-19', 'GROUP_NOT_VIABLE', 'DEVICE_NOT_FOUND', 'DEVICE_MOUNTED', 'NO_IOMMU'],
    ['No such device', 'GROUP_NOT_VIABLE', 'DRIVE_UNSEEN'],
    ['EAL: 0000:41:00.0 vfio group is not viable', 'GROUP_NOT_VIABLE'],
    ['memory might be heavily fragmented', 'HUGEPAGES_TOO_MANY'],
  ])
    it(`leads from "${symptom}" to ${codes.join(', ')}`, async () => {
      const ran = await provision('explain', symptom ?? '')
      assert.equal(ran.code, 0, ran.stderr)
      for (const code of codes) assert.ok(ran.stdout.includes(code), ran.stdout)
    })

  it('tells of the codes that a run ends with, too', async () => {
    for (const code of ['NOT_VERIFIED', 'PLAN_STALE', 'ROLLBACK_FAILED', 'CONNECTION_LOST', 'RUN_OVERTAKEN'])
      assert.match((await provision('explain', code)).stdout, /→ \S/)
  })

  it('knows no other words, and guesses at a slip', async () => {
    const ran = await provision('explain', 'DEVICE_MOUNTD')
    assert.equal(ran.code, 1)
    assert.match(ran.stderr, /DEVICE_MOUNTED/)
    assert.equal((await provision('explain', 'a', 'b')).code, 1)
  })

  it('tells of one device who it is, who uses it, what blocks it and what would happen', async () => {
    const node = { name: 'stor-01', facts: storageNode({ name: 'stor-01', mounted: { [second]: '/data' } }) }
    const declared = `devices: { spdk: ["${first}", "${second}"] }`
    await withCliFleet([node], declared, async ({ hostsFile, edit }) => {
      const mounted = await provision('explain', hostsFile, 'stor-01', second)
      assert.equal(mounted.code, 0, mounted.stderr)
      assert.match(mounted.stdout, /serial \S+/)
      assert.match(mounted.stdout, /mounted at \/data/)
      assert.match(mounted.stdout, /hosts\.yaml:\d+:\d+/)
      assert.match(mounted.stdout, /it is blocked[\s\S]*DEVICE_MOUNTED/)
      const other = await provision('explain', hostsFile, 'stor-01', first.slice(5).toUpperCase())
      assert.match(other.stdout, /its host is blocked\s+\(DEVICE_MOUNTED on 0000:[^)]*\)/)
      await edit(`, "${second}"`, '')
      const free = await provision('explain', hostsFile, 'stor-01', first)
      assert.match(free.stdout, /bind 0000:\S+ to vfio-pci/)
      const unnamed = await provision('explain', hostsFile, 'stor-01', second)
      assert.match(unnamed.stdout, /never touched[\s\S]*If it were declared/)
      const system = await provision('explain', hostsFile, 'stor-01', '0000:01:00.0')
      assert.match(system.stdout, /SYSTEM_DEVICE/)
      for (const wrong of [
        ['stor-02', first],
        ['stor-01', '5e:00'],
      ])
        assert.equal((await provision('explain', hostsFile, ...wrong)).code, 1)
    })
  })
})

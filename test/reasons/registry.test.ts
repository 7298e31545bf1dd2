import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { isCurrent } from '../../scripts/reasons-doc.ts'
import { type ReasonCode, reason, registry, type SeenOf } from '../../src/reasons/registry.ts'
import { samples } from '../../src/reasons/samples.ts'

/** What else a host may have shown: the sides of each text that the samples of the docs do not show. */
const others: { [C in ReasonCode]?: SeenOf<C>[] } = {
  DEVICE_NOT_FOUND: [{ bdf: '0000:5e:00.0', present: [] }],
  DEVICE_NOT_NVME: [{ bdf: '0000:5e:00.0', class: '0x030000', driver: null }],
  SERIAL_MISMATCH: [{ ...samples.SERIAL_MISMATCH, elsewhere: null }],
  IDENTITY_UNVERIFIED: [{ ...samples.IDENTITY_UNVERIFIED, declared: null }],
  MATCH_TOO_FEW: [
    { wanted: 1, found: [], match: '{ numa: 1 }' },
    { wanted: 2, found: ['0000:5e:00.0'], match: '{ numa: 1 }' },
  ],
  DEVICE_HELD: [
    { ...samples.DEVICE_HELD, holder: 'dm-3', what: "LUKS mapping it's; reboot" },
    { ...samples.DEVICE_HELD, holder: 'md127', what: 'RAID array md127' },
    { ...samples.DEVICE_HELD, holder: 'bcache0', what: 'bcache device bcache0' },
  ],
  DEVICE_MAYBE_ACTIVE: [{ ...samples.DEVICE_MAYBE_ACTIVE, type: 'bcache' }],
  OVERRIDE_UNREADABLE: [{ ...samples.OVERRIDE_UNREADABLE, holders: [] }],
  VFIO_HELD: [{ ...samples.VFIO_HELD, sure: false }],
  DEVICE_MOUNTED_ELSEWHERE: [{ ...samples.DEVICE_MOUNTED_ELSEWHERE, more: 3 }],
  DEVICE_OPEN: [
    { bdf: '0000:5e:00.0', holders: [{ pid: 9, command: '(udev-worker)', path: '/dev/nvme0n1' }] },
  ],
  DEVICE_EXPORTED: [
    { ...samples.DEVICE_EXPORTED, by: 'lio', name: 'core/iblock_0/disk 1' },
    { ...samples.DEVICE_EXPORTED, by: 'lio', name: 'core/fileio_0/disk' },
  ],
  DRIVER_MISSING: [{ driver: 'uio_pci_generic', kernel: '6.1.0' }],
  GROUP_NOT_VIABLE: [
    { ...samples.GROUP_NOT_VIABLE, others: [{ bdf: '0000:60:00.0', driver: 'ixgbe', kind: 'other' }] },
  ],
  HUGEPAGE_SIZE_MISSING: [{ pool: '64K', sizes: [] }],
  NUMA_NODE_MISSING: [{ pool: 'node1/2M', nodes: [] }],
}

/** Remedies that are a change of the hosts file, or of the machine, rather than a command. */
const noCommand: ReasonCode[] = ['OWNER_NEEDS_VFIO', 'FACT_UNREADABLE']

describe('the registry of reasons', () => {
  for (const code of Object.keys(registry) as ReasonCode[]) {
    const told = [samples[code], ...(others[code] ?? [])].map((seen) => reason(code, seen as never))

    it(`${code} is told in whole sentences`, () => {
      for (const { message, remedy } of told) {
        assert.doesNotMatch(`${message} ${remedy}`, /undefined|null|NaN|\[object| {2}|\.\.|,,/)
        for (const text of [message, remedy]) assert.match(text, /^[A-Z0-9`/]\S?.*[.:`)]$/i)
        assert.match(message, /[.]$/)
      }
      assert.match(registry[code].title, /\.$/)
    })

    it(`${code} says what to do`, () => {
      for (const { remedy } of told)
        assert.ok(noCommand.includes(code) ? remedy.length > 20 : /`[^`]+`/.test(remedy), remedy)
    })
  }

  it('holds no code that no plan in the tests is refused or warned with', () => {
    const folder = new URL('../plan/', import.meta.url)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    const tests = files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('')
    // Tests say the codes of a plan whole: one that stands there came up.
    assert.deepEqual(
      Object.keys(registry).filter((code) => !tests.includes(`'${code}'`)),
      [],
    )
  })

  it('docs/reasons.md is current', () => {
    assert.ok(isCurrent(), 'npx tsx scripts/reasons-doc.ts')
  })

  it('quotes what a host named before it goes into a command', () => {
    const what = "LUKS mapping it's; reboot"
    const { remedy } = reason('DEVICE_HELD', { ...samples.DEVICE_HELD, holder: 'dm-3', what })
    assert.ok(remedy.includes(`\`cryptsetup close 'it'\\''s; reboot'\``), remedy)
  })
})

import { equal, match, ok, throws } from 'node:assert/strict'
import { ProvisionError } from '../../src/errors.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { absent, known } from '../../src/probe/fact.ts'
import type { HostFacts, Mount } from '../../src/probe/facts.ts'
import { parseFacts } from '../../src/probe/parse-facts.ts'
import { renderAnswer, renderFacts } from '../../src/probe/render-facts.ts'
import { Sheet } from '../../src/probe/sheet.ts'
import { WireReader } from '../../src/probe/wire.ts'
import { declaration } from '../support/declaration.ts'
import { blockDevice, drive, hostFacts, mountOf } from '../support/facts.ts'

/** Facts as they are understood from these lines. */
function factsOf(lines: string): HostFacts {
  const sheet = new Sheet()
  const reader = new WireReader('n', (line) => sheet.add(line))
  reader.push(renderAnswer('n', lines))
  equal(reader.end().kind, 'complete')
  return parseFacts(sheet)
}

const bdf = '0000:5e:00.0'
const host = hostFacts({ drives: [drive({ partitions: [{ mount: '/data' }] })] })
const lines = renderFacts(host)
const known1 = (subject: string, attribute: string, value: string) =>
  `${subject}\t${attribute}\t=\t${value}\n`
const block = (name: string, majmin: string, more: [string, string][]) =>
  [['majmin', majmin], ['sectors', '8'], ...more]
    .map(([attribute = '', value = '']) => known1(`block/${name}`, attribute, value))
    .join('')
const from = (text: string, to: string) => {
  ok(lines.includes(text), text)
  return lines.replace(text, to)
}

/** Each is an answer of the right form that cannot be true, and what is said of it. */
const lies: [what: string, answer: string, says: RegExp][] = [
  [
    'a namespace of a drive that is not there',
    lines + block('nvme7n1', '259:99', [['nsid', '1']]),
    /nvme7n1.*does not have/,
  ],
  [
    'a namespace that its drive does not list',
    from(`pci/${bdf}\tnamespace\t=\tnvme0n1\n`, ''),
    /nvme0n1.*does not have/,
  ],
  [
    'a partition of a disk that is no drive',
    lines +
      block('sdz1', '8:99', [
        ['disk', 'sdz'],
        ['partition', '1'],
      ]),
    /sdz1.*does not have/,
  ],
  [
    'a drive by two spellings of its address',
    lines +
      lines
        .split('\n')
        .filter((line) => line.startsWith(`pci/${bdf}`))
        .map((line) => `${line.replace('0000:', '00000:')}\n`)
        .join(''),
    /a PCI address: \\?"00000:5e/,
  ],
  ['an address that leads elsewhere', lines.replaceAll(bdf, '../../../0000:5e:00.0'), /a PCI address/],
  ['two block devices of one number', lines + block('sdz', '259:1', []), /are both 259:1/],
  [
    'two partitions of one number',
    lines +
      block('nvme0n1p9', '259:9', [
        ['disk', 'nvme0n1'],
        ['partition', '1'],
      ]),
    /a partition number twice/,
  ],
  [
    'two namespaces of one id',
    lines +
      known1(`pci/${bdf}`, 'namespace', 'nvme0n2') +
      block('nvme0n2', '259:9', [
        ['nsid', '1'],
        ['signatures', ''],
      ]),
    /a namespace id twice/,
  ],
  [
    'a mounted drive on no driver',
    from(`pci/${bdf}\tdriver\t=\tnvme\n`, `pci/${bdf}\tdriver\t-\t\n`),
    /yet has an NVMe controller/,
  ],
  [
    'a mounted drive on vfio-pci',
    from(`pci/${bdf}\tdriver\t=\tnvme\n`, `pci/${bdf}\tdriver\t=\tvfio-pci\n`),
    /vfio-pci.*yet has an NVMe controller/,
  ],
  ['a block device called ..', lines + block('..', '8:99', []), /is called/],
  ['a block device in another folder', lines + block('../sda', '8:99', []), /is called/],
  [
    'a size below nothing',
    from('block/nvme0n1p1\tsectors\t=\t2097152\n', 'block/nvme0n1p1\tsectors\t=\t-8\n'),
    /is no size/,
  ],
  [
    'a size past all numbers',
    from('block/nvme0n1p1\tsectors\t=\t2097152\n', 'block/nvme0n1p1\tsectors\t=\t9007199254740991\n'),
    /is no size/,
  ],
  [
    'hugepages below nothing',
    from('hugepages/0/2048\ttotal\t=\t0\n', 'hugepages/0/2048\ttotal\t=\t-1\n'),
    /number of hugepages/,
  ],
  ['a mount point that is an option', from(' / / rw', ' / -a rw'), /which is no path/],
  ['a NUL in a mount point', from(' / /data rw', ' / /da\\000ta rw'), /NUL/],
  ['a NUL in a driver', lines + known1(`pci/${bdf}`, 'driver', 'nv\0me'), /NUL|controller/],
  ['a serial of a megabyte', lines + known1(`pci/${bdf}`, 'serial', 'x'.repeat(1 << 19)), /longer than any/],
  ['a user id below nothing', from('host\tuid\t=\t0\n', 'host\tuid\t=\t-1\n'), /user id/],
  [
    'a circle of devices',
    lines + block('dm-0', '253:0', [['slave', 'dm-1']]) + block('dm-1', '253:1', [['slave', 'dm-0']]),
    /lies on itself/,
  ],
  [
    '60,000 mounts',
    lines + known1('host', 'mount', '1 1 0:5 / /x rw - tmpfs x rw').repeat(60_000),
    /60002 mounts/,
  ],
  [
    '100,000 drives',
    lines +
      Array.from({ length: 100_000 }, (_, at) =>
        known1(`pci/${(at + 0x10000).toString(16)}:00:00.0`, 'class', '0x010802'),
      ).join(''),
    /functions/,
  ],
  [
    '30,000 disks',
    lines + Array.from({ length: 30_000 }, (_, at) => block(`sd${at}`, `8:${at}`, [])).join(''),
    /block devices/,
  ],
]

describe('an answer that cannot be true', () => {
  it('is none to begin with', () => equal(factsOf(lines).drives.length, 1))

  for (const [what, answer, says] of lies)
    it(`is refused: ${what}`, () =>
      throws(
        () => factsOf(answer),
        (error) => {
          ok(error instanceof ProvisionError, String(error))
          equal(error.code, 'PROBE_MALFORMED')
          match(error.message, says)
          ok(error.message.length < 500, 'it is told in few words')
          return true
        },
      ))

  it('of another drive in the record blocks', () => {
    const facts = hostFacts({ drives: [drive({ driver: 'vfio-pci', handedOver: true })] })
    const moved = JSON.parse(
      JSON.stringify(facts).replaceAll('"drive":{"bdf":"0000:5e:00.0"', '"drive":{"bdf":"0000:5f:00.0"'),
    )
    const plan = planHost({ declaration: declaration({ kernel: [bdf] }), facts: moved, stamp })
    equal(plan.devices[0]?.reasons[0]?.code, 'RECORD_MISMATCH')
  })
})

const stamp = { id: '20260301-220000-ab12', at: '2026-03-01T22:00:00.000Z' }
const plan = (facts: HostFacts, inUse: 'refuse' | 'release' = 'release') =>
  planHost({ declaration: declaration({ spdk: [bdf], inUse }), facts, stamp })
const codes = (facts: HostFacts) => plan(facts).devices[0]?.reasons.map(({ code }) => code) ?? []

/** A chain of dm devices, each on the next, the last on `bottom`. */
const chain = (length: number, bottom: string) =>
  Array.from({ length }, (_, at) =>
    blockDevice({
      name: `dm-${at}`,
      majmin: `253:${at}`,
      slaves: [at + 1 < length ? `dm-${at + 1}` : bottom],
    }),
  )

describe('facts made to keep the planner busy', function () {
  this.timeout(30_000)

  it('with a loop of holders come to an end, and block', () => {
    const loop = chain(2, 'dm-0')
    const facts = hostFacts({
      drives: [drive({ on: { holders: ['dm-0'] } })],
      blockDevices: loop,
      root: mountOf('253:1', 'dm-1', { mount: '/' }),
    })
    ok(codes(facts).includes('DEVICE_HELD'))
    equal(plan(facts).outcome, 'blocked')
  })

  it('with / on a loop of devices that lies on no disk are taken for nothing known', () => {
    const facts = hostFacts({
      drives: [drive()],
      blockDevices: chain(2, 'dm-0'),
      root: mountOf('253:1', 'dm-1', { mount: '/' }),
    })
    equal(plan(facts).outcome, 'blocked')
  })

  it('with a stack of ten thousand devices under / find the drive at its bottom', () => {
    const facts = hostFacts({
      drives: [drive()],
      blockDevices: chain(10_000, 'nvme0n1'),
      root: mountOf('253:0', 'dm-0', { mount: '/' }),
    })
    ok(codes(facts).includes('SYSTEM_DEVICE'))
  })

  it('with forty thousand mounts of one drive are planned in seconds', () => {
    const mounts = Array.from(
      { length: 40_000 },
      (_, at): Mount => mountOf(at % 2 === 0 ? '259:0' : '0:77', 'nvme0n1', { mount: `/m/${at}` }),
    )
    const facts = hostFacts({ drives: [drive({ on: { holds: ['ext4'] } })], mounts })
    const started = performance.now()
    plan(facts)
    ok(performance.now() - started < 20_000)
  })

  it('with what is in use on a drive never pass for blank, whichever way it shows', () => {
    const uses: Partial<HostFacts>[] = [
      {
        mounts: known([
          mountOf('8:2', 'sda2', { mount: '/' }),
          mountOf('0:99', 'nvme0n1', { mount: '/x', fstype: 'bcachefs' }),
        ]),
      },
      { swaps: known([{ path: '/dev/nvme0n1', type: 'partition', majmin: null, priority: 1 }]) },
      { swaps: known([{ path: '/dev/gone', type: 'partition', majmin: '259:0', priority: 1 }]) },
      { swaps: known([{ path: '/dev/gone', type: 'partition', majmin: null, priority: 1 }]) },
      { btrfsMembers: known(['nvme0n1']) },
      { blockDevices: [blockDevice({ name: 'loop0', majmin: '7:0', slaves: ['nvme0n1'] })] },
      { mounts: known([]) },
      { mounts: absent },
    ]
    for (const facts of uses) {
      const result = plan(hostFacts({ drives: [drive()], facts }), 'refuse')
      equal(result.outcome, 'blocked', JSON.stringify(facts))
    }
  })
})

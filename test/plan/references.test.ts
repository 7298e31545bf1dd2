import assert from 'node:assert/strict'
import { resolverOf } from '../../src/plan/host-config/resolve.ts'
import { arrayEntries, crypttabEntries, fstabEntries } from '../../src/plan/host-config/tables.ts'
import { referencesTo } from '../../src/plan/references.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { known } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { configFiles } from '../support/config.ts'
import { declaration } from '../support/declaration.ts'
import { blockDevice, type DriveSpec, drive, hostFacts } from '../support/facts.ts'
import { plan } from '../support/planning.ts'

/** As the installers of Debian and Fedora write it, and as people do. */
const fstab = `# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
UUID=aaaa-bbbb /               ext4    errors=remount-ro 0       1

UUID="6D0C" /data\txfs\tdefaults,noatime\t0 2
LABEL=my\\040data  /srv/my\\040data/ ext4
PARTLABEL='x' none swap sw 0 0
/dev/disk/by-id/nvme-ACME_S-5e-part2 /b auto noauto
/dev/vg-1/lv_x /lv ext4 defaults 0 0
//server/share /mnt/cifs cifs ro 0 0
tmpfs /tmp tmpfs
broken
`
const aliases = {
  '/dev/disk/by-uuid/aaaa-bbbb': 'sda2',
  '/dev/disk/by-uuid/6d0c': 'nvme0n1p1',
  '/dev/disk/by-label/my\\x20data': 'nvme0n1p2',
  '/dev/disk/by-partlabel/x': 'nvme0n1p3',
  '/dev/disk/by-id/nvme-ACME_S-5e-part2': 'nvme0n1p2',
  '/dev/md/0': 'md127',
  '/dev/disk/by-uuid/dead': 'nvme9n1',
}
const mapped = [
  blockDevice({ name: 'dm-0', majmin: '253:0', slaves: ['nvme0n1p2'], dmName: known('vg--1-lv_x') }),
  blockDevice({ name: 'dm-1', majmin: '253:1', slaves: ['sda2'], dmName: known('vault') }),
  blockDevice({ name: 'md127', majmin: '9:127', slaves: ['nvme0n1p1', 'sda2'] }),
]
const parted = drive({ partitions: [{ holds: ['xfs'] }, { holds: ['ext4'] }, { holds: ['swap'] }] })

function host(files: Record<string, string>, drives: DriveSpec[] = [parted], links = aliases): HostFacts {
  return hostFacts({
    drives,
    blockDevices: mapped,
    facts: { ...configFiles(files), aliases: known(links) },
  })
}

describe('tables of devices', () => {
  it('fstab', () => {
    const entries = fstabEntries(host({ '/etc/fstab': fstab }))
    assert.deepEqual(
      entries.map(({ at, source, target, fstype, fields }) => [at.line, source, target, fstype, fields]),
      [
        [4, 'UUID=aaaa-bbbb', '/', 'ext4', 6],
        [6, 'UUID=6D0C', '/data', 'xfs', 6],
        [7, 'LABEL=my data', '/srv/my data', 'ext4', 3],
        [8, 'PARTLABEL=x', 'none', 'swap', 6],
        [9, '/dev/disk/by-id/nvme-ACME_S-5e-part2', '/b', 'auto', 4],
        [10, '/dev/vg-1/lv_x', '/lv', 'ext4', 6],
        [11, '//server/share', '/mnt/cifs', 'cifs', 6],
        [12, 'tmpfs', '/tmp', 'tmpfs', 3],
      ],
    )
  })

  it('crypttab', () => {
    const text = 'vault UUID=6d0c none luks,discard\n\nopen\t/dev/sda9\n  # none\nodd'
    assert.deepEqual(
      crypttabEntries(host({ '/etc/crypttab': text })).map(({ at, source, target, options, fields }) => [
        at.line,
        source,
        target,
        options,
        fields,
      ]),
      [
        [1, 'UUID=6d0c', 'vault', ['luks', 'discard'], 4],
        [3, '/dev/sda9', 'open', [''], 2],
      ],
    )
  })

  it('mdadm.conf, with lines that go on', () => {
    const text = `HOMEHOST <system>
MAILADDR root
ARRAY /dev/md/0  metadata=1.2 UUID=1:2:3:4 # the first
array 1 metadata=1.2
   devices=/dev/nvme0n1,/dev/sda9
ARR UUID=5:6:7:8
ARRAY <ignore> UUID=9:9:9:9`
    assert.deepEqual(
      arrayEntries(host({ '/etc/mdadm/mdadm.conf': text })).map(({ at, device, members }) => [
        at.line,
        at.lastLine,
        device,
        members,
      ]),
      [
        [3, 3, '/dev/md/0', []],
        [4, 5, '/dev/md/1', ['/dev/nvme0n1', '/dev/sda9']],
        [6, 6, null, []],
      ],
    )
  })
})

const words: [string, string][] = [
  ['UUID=6d0c', 'nvme0n1p1'],
  ['UUID=6D0C', 'nvme0n1p1'],
  ['LABEL=my data', 'nvme0n1p2'],
  ['LABEL=MY DATA', 'missing'],
  ['/dev/disk/by-uuid/6d0c', 'nvme0n1p1'],
  ['/dev/nvme0n1p3', 'nvme0n1p3'],
  ['/dev/nvme7n1', 'missing'],
  ['/dev/sda2', 'sda2'],
  ['/dev/mapper/vg--1-lv_x', 'dm-0'],
  ['/dev/vg-1/lv_x', 'dm-0'],
  ['/dev/dm-1', 'dm-1'],
  ['/dev/md/0', 'md127'],
  ['/dev/md127', 'md127'],
  // By way of crypttab.
  ['/dev/mapper/closed', 'nvme0n1p1'],
  ['/dev/mapper/loop', 'missing'],
  // A link that leads to nothing that is there.
  ['UUID=dead', 'missing'],
  ['tmpfs', 'no_device'],
  ['server:/export', 'no_device'],
  ['/data/disk.img', 'no_device'],
  ['none', 'no_device'],
]

describe('what a word of configuration stands for', () => {
  const crypttab = 'closed UUID=6d0c none\nloop /dev/mapper/pool none\npool /dev/mapper/loop none'
  const resolver = resolverOf(host({ '/etc/crypttab': crypttab }))
  for (const [word, expected] of words)
    it(`${word} → ${expected}`, () => {
      const found = resolver.device(word)
      assert.equal(typeof found === 'object' ? found.name : found, expected)
    })
})

interface Case {
  it: string
  files: Record<string, string>
  drives?: DriveSpec[]
  aliases?: Record<string, string>
  /** Line numbers, with the reason for each. */
  says: [number, RegExp][]
}

const away = (spec: Parameters<typeof drive>[0]) => drive({ driver: 'vfio-pci', handedOver: true, ...spec })
const recorded = (facts: HostFacts, names: string[]) => {
  const [first] = facts.drives
  if (first?.record.state !== 'known') throw new Error('there is a record')
  return { ...first, record: known({ ...first.record.value, aliases: names }) }
}

const cases: Case[] = [
  {
    it: 'all the ways to name a partition',
    files: { '/etc/fstab': fstab },
    says: [
      [6, /names nvme0n1p1 on 0000:5e:00\.0$/],
      [7, /nvme0n1p2/],
      [8, /nvme0n1p3/],
      [10, /names dm-0, which lies on nvme0n1p2 of 0000:5e:00\.0/],
    ],
  },
  {
    it: 'a file, a bind mount and a mount point in its filesystem',
    files: {
      '/etc/fstab':
        '/data/swap none swap sw\n/data/x /srv/x none bind\n/dev/sda2 /data/sub ext4 defaults\n/dev/sda2 /database ext4',
    },
    drives: [drive({ on: { mount: '/data' } })],
    says: [
      [1, /needs \/data\/swap/],
      [2, /needs \/data\/x/],
      [3, /needs \/data, which is on .*, for its mount point/],
    ],
  },
  {
    it: 'a volume of a group that is not active may be on its LVM member, a UUID too',
    files: {
      '/etc/fstab': '/dev/vg9/lv /a xfs\n/dev/mapper/vg9-b /b xfs\nUUID=ffff /c xfs\n/dev/nvme8n1 /d xfs',
    },
    drives: [drive({ on: { holds: ['LVM2_member'] } })],
    says: [
      [1, /may be on nvme0n1 of 0000:5e:00\.0 \(LVM2_member\)/],
      [2, /LVM2_member/],
      [3, /LVM2_member/],
    ],
  },
  {
    it: 'a member that is in use hides nothing: what it holds would be there',
    files: { '/etc/fstab': '/dev/vg9/lv /a xfs' },
    drives: [drive({ on: { holds: ['LVM2_member'], holders: ['dm-0'] } })],
    says: [],
  },
  {
    it: 'a filesystem hides nothing where udev names what is there',
    files: { '/etc/fstab': 'UUID=ffff /c xfs' },
    aliases: { ...aliases, '/dev/disk/by-uuid/5a5a': 'nvme0n1p3' },
    says: [],
  },
  {
    it: 'one that udev has missed may be it',
    files: { '/etc/fstab': 'UUID=ffff /c xfs\nPARTUUID=ffff /d xfs' },
    says: [
      [1, /may be on nvme0n1p3 of 0000:5e:00\.0 \(swap\)/],
      [2, /nvme0n1p3/],
    ],
  },
  {
    it: 'without udev nobody can tell a UUID: any contents may be meant',
    files: { '/etc/fstab': 'UUID=ffff /c xfs\n/dev/nvme8n1 /d xfs' },
    aliases: {},
    says: [[1, /may be on nvme0n1p1 of 0000:5e:00\.0 \(xfs\)/]],
  },
  {
    it: 'an array by its device, its members, or nobody knows',
    files: {
      '/etc/mdadm.conf':
        'ARRAY /dev/md/0 UUID=1:2\nARRAY /dev/md7 devices=/dev/nvme0n1p1,/dev/sda9\nARRAY /dev/md8 devices=/dev/sda2',
    },
    says: [
      [1, /names md127, which lies on nvme0n1p1 of/],
      [2, /names nvme0n1p1/],
    ],
  },
  {
    it: 'handed over: by kernel name, mount point and swap',
    files: {
      '/etc/fstab': '/dev/nvme0n1p1 /x xfs\nUUID=gone /data ext4\nUUID=gone2 none swap sw\nUUID=gone3 /y xfs',
    },
    drives: [away({ partitions: [{ mount: '/data' }, { swap: 1 }] })],
    says: [
      [1, /needs what was on 0000:5e:00\.0 when/],
      [2, /needs what was on 0000:5e:00\.0 when/],
      [3, /needs what was on 0000:5e:00\.0 when/],
      [4, /may be on nvme0n1p1/],
    ],
  },
  {
    it: 'handed over, and its kernel name has gone to another drive',
    files: { '/etc/fstab': '/dev/nvme1n1 /x xfs' },
    drives: [away({ bdf: '0000:5e:00.0' }), drive({ bdf: '0000:5f:00.0' })],
    says: [],
  },
]

describe('lines that count on a drive', () => {
  for (const { it: name, files, drives, aliases: links, says } of cases)
    it(name, () => {
      const facts = host(files, drives, links as typeof aliases)
      const [first] = facts.drives
      assert.ok(first !== undefined)
      const told = referencesTo(first, facts)
      assert.deepEqual(
        told.map(({ at }) => at.line),
        says.map(([line]) => line),
      )
      for (const [index, [, how]] of says.entries()) assert.match(told[index]?.how ?? '', how)
    })

  for (const { it: name, driver, persist, outcome } of [
    { it: 'warns', driver: 'nvme', persist: false, outcome: 'changes' },
    { it: 'blocks what is to last', driver: 'nvme', persist: true, outcome: 'blocked' },
    {
      it: 'warns of what is away already, also if it lasts',
      driver: 'vfio-pci',
      persist: true,
      outcome: 'in_sync',
    },
  ])
    it(name, () => {
      const one = drive({ driver, handedOver: driver !== 'nvme', on: { holds: ['xfs'] } })
      const facts = host({ '/etc/fstab': '/dev/nvme0n1 /x xfs defaults 0 2' }, [one])
      const planned = plan(declaration({ spdk: ['0000:5e:00.0'], inUse: 'release', persist }), facts)
      assert.equal(planned.outcome, outcome)
      assert.deepEqual(
        planned.devices.flatMap(({ reasons }) => reasons.map(({ code }) => code)),
        ['FSTAB_HANGS_BOOT'],
      )
    })

  it('what a plan hands over is known in the same lines afterwards', () => {
    const before = host({ '/etc/fstab': 'UUID=6d0c /x xfs\nUUID=AAAA-bbbb / ext4' })
    const planned = plan(declaration({ spdk: ['0000:5e:00.0'], inUse: 'release' }), {
      ...before,
      blockDevices: before.blockDevices.filter(({ name }) => name === 'sda2' || name === 'sda'),
    })
    const after = predict(
      { ...before, blockDevices: before.blockDevices.filter(({ name }) => name.startsWith('sda')) },
      planned.steps.map(({ action }) => action),
    )
    const [drive] = after.drives
    assert.ok(drive?.driver.state === 'known' && drive.driver.value === 'vfio-pci')
    assert.deepEqual(
      referencesTo(drive, after).map(({ at, how }) => [at.line, how]),
      [[1, 'needs what was on 0000:5e:00.0 when it was handed over']],
    )
  })

  it('the links of udev are kept in the record, and known again', () => {
    const facts = host({ '/etc/fstab': 'UUID=6D0C /x xfs\nLABEL=other /y xfs' }, [away({})])
    const told = referencesTo(recorded(facts, ['/dev/disk/by-uuid/6d0c']), facts)
    assert.deepEqual(
      told.map(({ at }) => at.line),
      [1],
    )
  })
})

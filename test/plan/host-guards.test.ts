import assert from 'node:assert/strict'
import type { HostDeclaration } from '../../src/config/declaration.ts'
import { hugepageWriters } from '../../src/plan/host-config/hugepage-writers.ts'
import { isIdOf } from '../../src/plan/host-config/modprobe.ts'
import { known } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { configFiles } from '../support/config.ts'
import { declaration } from '../support/declaration.ts'
import { drive, hostFacts } from '../support/facts.ts'
import { plan } from '../support/planning.ts'

const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const pages = [{ sizeKiB: 2048, count: 64, node: 0 }] as unknown as HostDeclaration['hugepages']
const drives = [drive(), drive({ bdf: b })]
const ids = (text: string) => configFiles({ '/etc/modprobe.d/vfio.conf': text })

interface Case {
  it: string
  facts: Partial<HostFacts>
  declare: HostDeclaration
  /** Code, severity, and what the message holds. */
  says: [string, string, RegExp][]
}

const cases: Case[] = [
  {
    it: 'ids that fit the drives',
    facts: ids('options vfio-pci disable_vga=1 ids=10de:1234,144D:A80A'),
    declare: declaration({ spdk: [a] }),
    says: [
      ['RIVAL_VFIO_IDS', 'warn', /vfio\.conf:1 says .* fits 0000:5e:00\.0, 0000:5f:00\.0.*ids 144d:a80a/],
    ],
  },
  {
    it: 'ids that fit a drive declared for the kernel',
    facts: ids('options vfio_pci \\\n  ids=144d:a80a'),
    declare: declaration({ spdk: [a], kernel: [b] }),
    says: [['RIVAL_VFIO_IDS', 'warn', /Declared for the kernel: 0000:5f:00\.0\./]],
  },
  {
    it: 'the same, when that is to last',
    facts: ids('options vfio_pci ids=144d:a80a'),
    declare: declaration({ kernel: [b], persist: true }),
    says: [
      ['PERSIST_UNSUPPORTED', 'warn', /persist/],
      ['RIVAL_VFIO_IDS', 'block', /Declared for the kernel/],
    ],
  },
  ...['vfio-pci.ids=144d:a80a', 'ro vfio_pci.ids=8086:0a54,144d:a80a quiet'].map((cmdline) => ({
    it: cmdline,
    facts: { cmdline: known(cmdline) },
    declare: declaration({ spdk: [a] }),
    says: [['RIVAL_VFIO_IDS', 'warn', /^The kernel command line says/]] as [string, string, RegExp][],
  })),
  {
    it: 'ids of a graphics card',
    facts: ids('options vfio-pci ids=10de:1234'),
    declare: declaration({ spdk: [a] }),
    says: [],
  },
  {
    it: 'hugepages that sysctl sets too',
    facts: configFiles({ '/etc/sysctl.d/80-pages.conf': 'vm.nr_hugepages = 512' }),
    declare: declaration({ hugepages: pages }),
    says: [['RIVAL_HUGEPAGES', 'warn', /80-pages\.conf:1 says "vm\.nr_hugepages = 512"\. At boot the last/]],
  },
  {
    it: 'hugepages that the kernel makes at boot',
    facts: { cmdline: known('default_hugepagesz=1G hugepagesz=1G hugepages=16') },
    declare: declaration({ hugepages: pages }),
    says: [['RIVAL_HUGEPAGES', 'warn', /"hugepages=16"\. At boot the kernel makes that many/]],
  },
  {
    it: 'hugepages that are not declared are nobody’s rival',
    facts: configFiles({ '/etc/sysctl.d/80-pages.conf': 'vm.nr_hugepages = 512' }),
    declare: declaration({ spdk: [a] }),
    says: [],
  },
]

describe('guards of a host', () => {
  for (const { it: name, facts, declare, says } of cases)
    it(name, () => {
      const { reasons } = plan(declare, hostFacts({ drives, facts }))
      assert.deepEqual(
        reasons.map(({ code, severity }) => [code, severity]),
        says.map(([code, severity]) => [code, severity]),
      )
      for (const [index, [, , message]] of says.entries())
        assert.match(reasons[index]?.message ?? '', message)
    })
})

describe('who writes vm.nr_hugepages last', () => {
  const order = (files: Record<string, string>) =>
    hugepageWriters(hostFacts({ facts: configFiles(files) })).map((said) =>
      said.in === 'file' ? `${said.at.file}:${said.at.line}` : said.text,
    )
  const one = 'vm.nr_hugepages=1'

  it('file names count, not their folders', () =>
    assert.deepEqual(
      order({
        '/etc/sysctl.d/10-a.conf': one,
        '/usr/lib/sysctl.d/50-b.conf': `\n${one}\nvm.nr_overcommit_hugepages=9`,
        '/run/sysctl.d/20-c.conf': '-vm/nr_hugepages = 0',
      }),
      ['/etc/sysctl.d/10-a.conf:1', '/run/sysctl.d/20-c.conf:1', '/usr/lib/sysctl.d/50-b.conf:2'],
    ))

  it('/etc/sysctl.conf is 99-sysctl.conf, and told once', () =>
    assert.deepEqual(
      order({
        '/etc/sysctl.conf': one,
        '/etc/sysctl.d/99-spdk.conf': one,
        '/etc/sysctl.d/99-sysctl.conf': one,
        '/etc/sysctl.d/99-z.conf': one,
      }),
      ['/etc/sysctl.d/99-spdk.conf:1', '/etc/sysctl.conf:1', '/etc/sysctl.d/99-z.conf:1'],
    ))
})

describe('ids given to vfio-pci', () => {
  const one = { ids: '144d:a80a', subsystemIds: '144d:a813' }
  for (const [id, fits] of [
    ['144d:a80a', true],
    ['144d:a80a:144d:a813', true],
    ['144d:a80a:144d:a801', false],
    ['144d:a80a:ffffffff:ffffffff:010802:ffffff', true],
    ['144d:ffffffff', true],
    ['8086:a80a', false],
    ['144d', false],
  ] as const)
    it(`${id} ${fits ? 'fits' : 'does not fit'}`, () => assert.equal(isIdOf(id, one), fits))
})

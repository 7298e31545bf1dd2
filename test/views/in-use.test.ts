import assert from 'node:assert/strict'
import type { Use } from '../../src/plan/uses.ts'
import { known } from '../../src/probe/fact.ts'
import { planDocumentSchema, planJson } from '../../src/views/json.ts'
import { renderPlan } from '../../src/views/plan-text.ts'
import { useWords } from '../../src/views/use-lines.ts'
import { declaration } from '../support/declaration.ts'
import { drive, hostFacts, mountOf } from '../support/facts.ts'
import { plan } from '../support/planning.ts'

const words: [use: Use, words: string][] = [
  [
    {
      kind: 'foreign_mount',
      device: 'nvme0n1',
      target: '/in\n',
      fstype: 'xfs',
      pid: 812,
      command: 'x\u001b[2J',
      more: 0,
    },
    'mounted at /in\\x0a in the mount namespace of PID 812 (x\\x1b[2J)',
  ],
  [
    {
      kind: 'foreign_mount',
      device: 'nvme0n1',
      target: '/in',
      fstype: 'xfs',
      pid: 812,
      command: 'x',
      more: 2,
    },
    'mounted at /in in the mount namespace of PID 812 (x) and of 2 other processes',
  ],
  [
    { kind: 'open', device: 'nvme0n1', pid: 900, command: 'fio', path: '/dev/nvme0n1' },
    'open: PID 900 (fio) has /dev/nvme0n1',
  ],
  [
    {
      kind: 'export',
      device: 'nvme0n1',
      by: 'nvmet',
      name: 'subsystems/t/namespaces/1',
      path: '/dev/nvme0n1',
    },
    'exported by nvmet as subsystems/t/namespaces/1',
  ],
  [
    { kind: 'mount_part', device: 'nvme0n1', option: 'logdev', target: '/srv' },
    'the logdev of the filesystem at /srv',
  ],
]

describe('who uses a drive now, as it is shown', () => {
  for (const [use, expected] of words) it(expected, () => assert.equal(useWords(use, 'kernel'), expected))

  const facts = hostFacts({
    drives: [drive()],
    mounts: [mountOf('8:16', 'sdb', { mount: '/srv', options: 'rw,logdev=/dev/nvme0n1' })],
    facts: {
      otherMounts: known([
        { pid: 812, command: 'nginx', goesWith: null, mount: mountOf('259:0', 'nvme0n1', { mount: '/in' }) },
      ]),
      openFiles: known([{ pid: 900, command: 'fio', path: '/dev/ng0n1' }]),
      exports: known([{ by: 'nvmet', name: 'subsystems/t/namespaces/1', path: '/dev/nvme0n1' }]),
    },
  })
  const planned = plan(declaration({ spdk: ['0000:5e:00.0'] }), facts)

  it('stands under the block device in a plan', () => {
    const text = renderPlan([{ kind: 'planned', plan: planned }], {
      width: 100,
      color: false,
      verbose: false,
    })
    for (const line of ['mounted at /in in the', 'open: PID 900 (fio)', 'exported by nvmet', 'the logdev of'])
      assert.match(text, new RegExp(`^ {8}${line.replaceAll(/[()]/g, '\\$&')}`, 'm'), text)
  })

  it('is told in JSON as its schema says', () => {
    const document = planJson([{ kind: 'planned', plan: planned }])
    assert.deepEqual(planDocumentSchema.parse(JSON.parse(JSON.stringify(document))), document)
    assert.deepEqual(
      document.hosts[0]?.devices[0]?.in_use.map(({ kind, source, target, detail }) => [
        kind,
        source,
        target,
        detail,
      ]),
      [
        ['foreign_mount', '/dev/nvme0n1', '/in', 'PID 812 (nginx)'],
        ['mount_part', '/dev/nvme0n1', '/srv', 'logdev'],
        ['export', '/dev/nvme0n1', 'subsystems/t/namespaces/1', 'nvmet'],
        ['open', '/dev/ng0n1', null, 'PID 900 (fio)'],
      ],
    )
  })
})

import assert from 'node:assert/strict'
import type { HostDeclaration } from '../../src/config/declaration.ts'
import { judgeFleet, memberOf } from '../../src/plan/fleet.ts'
import { allReasons } from '../../src/plan/plan.ts'
import { absent, known } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { declaration } from '../support/declaration.ts'
import { type DriveSpec, drive, hostFacts } from '../support/facts.ts'
import { plan } from '../support/planning.ts'

const bdf = '0000:5e:00.0'

interface Host {
  machine: string | null
  boot: string | null
  drives?: DriveSpec[]
  declare?: Partial<HostDeclaration['devices']> | 'nothing'
}

function judge(...hosts: Host[]) {
  return judgeFleet(
    hosts.map(({ machine, boot, drives, declare }, at) => {
      const name = `stor-${at}`
      const odd: Partial<HostFacts> = {
        machineId: machine === null ? absent : known(machine),
        bootId: boot === null ? absent : known(boot),
      }
      const own = drives ?? [drive({ serial: `S-${at}` })]
      const facts = hostFacts({ drives: own, facts: odd })
      const wanted = declaration({ name, spdk: declare === 'nothing' ? [] : [bdf] })
      return { plan: plan(wanted, facts), member: memberOf(name, facts) }
    }),
  )
}

const outcomes = (...hosts: Host[]) =>
  judge(...hosts).map((one) => [one.outcome, ...allReasons(one).map(({ code }) => code)])

const same = (spec: Partial<DriveSpec> = {}) => [drive({ serial: 'SAME', ...spec })]

const cases: { it: string; hosts: Host[]; are: string[][] }[] = [
  {
    it: 'hosts that have nothing in common',
    hosts: [
      { machine: 'a', boot: '1' },
      { machine: 'b', boot: '2' },
      { machine: null, boot: null },
      { machine: null, boot: null },
    ],
    are: Array(4).fill(['changes']),
  },
  {
    it: 'one host under two names: told as that alone, not drive by drive',
    hosts: [
      { machine: 'a', boot: '1', drives: same() },
      { machine: 'a', boot: '1', drives: same() },
      { machine: 'b', boot: '2' },
    ],
    are: [['blocked', 'HOST_TWICE'], ['blocked', 'HOST_TWICE'], ['changes']],
  },
  {
    it: 'one boot id is enough',
    hosts: [
      { machine: 'a', boot: '1' },
      { machine: null, boot: '1' },
    ],
    are: [
      ['blocked', 'HOST_TWICE'],
      ['blocked', 'HOST_TWICE'],
    ],
  },
  {
    it: 'clones of one image',
    hosts: [
      { machine: 'a', boot: '1' },
      { machine: 'a', boot: '2' },
    ],
    are: [
      ['changes', 'MACHINE_ID_SHARED'],
      ['changes', 'MACHINE_ID_SHARED'],
    ],
  },
  {
    it: 'one machine-id, and a boot id that is not known',
    hosts: [
      { machine: 'a', boot: '1' },
      { machine: 'a', boot: null },
    ],
    are: [
      ['blocked', 'HOST_TWICE'],
      ['blocked', 'HOST_TWICE'],
    ],
  },
  {
    it: 'a drive that two hosts reach, of which one is to hand it over',
    hosts: [
      { machine: 'a', boot: '1', drives: same() },
      { machine: 'b', boot: '2', drives: same({ bdf: '0000:5f:00.0' }), declare: 'nothing' },
    ],
    are: [
      ['blocked', 'SERIAL_TWICE'],
      ['blocked', 'SERIAL_TWICE'],
    ],
  },
  {
    it: 'a drive that is with SPDK already is known by its record',
    hosts: [
      { machine: 'a', boot: '1', drives: same({ driver: 'vfio-pci', handedOver: true }) },
      { machine: 'b', boot: '2', drives: same() },
    ],
    are: [
      ['blocked', 'SERIAL_TWICE'],
      ['blocked', 'SERIAL_TWICE'],
    ],
  },
  {
    it: 'a drive that two hosts reach and nobody hands over',
    hosts: [
      { machine: 'a', boot: '1', drives: same(), declare: 'nothing' },
      { machine: 'b', boot: '2', drives: same(), declare: 'nothing' },
    ],
    are: [['in_sync'], ['in_sync']],
  },
  {
    it: 'one serial on drives of two models says nothing',
    hosts: [
      { machine: 'a', boot: '1', drives: same() },
      { machine: 'b', boot: '2', drives: same({ model: 'OTHER' }) },
    ],
    are: [['changes'], ['changes']],
  },
]

describe('hosts judged together', () => {
  for (const { it: name, hosts, are } of cases) it(name, () => assert.deepEqual(outcomes(...hosts), are))

  it('a blocked plan has no steps, its drive is blocked, and the reason names the other host', () => {
    const [one] = judge(
      { machine: 'a', boot: '1', drives: same() },
      { machine: 'b', boot: '2', drives: same() },
    )
    assert.deepEqual(one?.steps, [])
    assert.equal(one?.devices[0]?.action, 'blocked')
    assert.match(one?.devices[0]?.reasons[0]?.message ?? '', /stor-1/)
  })

  it('is quick with a thousand hosts', () => {
    const hosts = Array.from({ length: 1000 }, (_, at): Host => ({ machine: `${at}`, boot: `${at}` }))
    const started = performance.now()
    assert.ok(judge(...hosts).every(({ outcome }) => outcome === 'changes'))
    assert.ok(performance.now() - started < 5000)
  })
})

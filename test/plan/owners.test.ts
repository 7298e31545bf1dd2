import assert from 'node:assert/strict'
import { known, unreadable } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { declaration } from '../support/declaration.ts'
import { drive, hostFacts } from '../support/facts.ts'
import { codes, plan } from '../support/planning.ts'

const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const gone = { driver: 'vfio-pci', handedOver: true, group: 14 }
const spdk = declaration({ spdk: [a], owner: { user: 'spdk', group: null } })
const users = { spdk: known('spdk:storage') }
const owned = { nodeOwners: { '/dev/vfio/14': 'spdk:storage' } }

interface Case {
  it: string
  declare: ReturnType<typeof declaration>
  drives: ReturnType<typeof drive>[]
  facts?: Partial<HostFacts>
  owners?: string[]
  says?: string[]
}

const cases: Case[] = [
  {
    it: 'the primary group of the user',
    declare: spdk,
    drives: [drive(gone)],
    owners: ['14 root:root→spdk:storage'],
  },
  {
    it: 'the declared group',
    declare: { ...spdk, owner: { user: 'spdk', group: 'nvme' } },
    drives: [drive(gone)],
    owners: ['14 root:root→spdk:nvme'],
  },
  { it: 'owned already', declare: spdk, drives: [drive(gone)], facts: owned },
  {
    it: 'one node for two drives of a group',
    declare: declaration({ spdk: [a, b], owner: { user: 'spdk', group: null } }),
    drives: [drive(gone), drive({ ...gone, bdf: b })],
    owners: ['14 root:root→spdk:storage'],
  },
  { it: 'nobody is declared', declare: declaration({ spdk: [a] }), drives: [drive(gone)] },
  { it: 'no such user', declare: spdk, drives: [drive(gone)], facts: { users: {} }, says: ['OWNER_UNKNOWN'] },
  {
    it: 'users that cannot be read',
    declare: spdk,
    drives: [drive(gone)],
    facts: { users: { spdk: unreadable('no /etc/passwd') } },
    says: ['OWNER_UNKNOWN'],
  },
  {
    it: 'no node on uio',
    declare: spdk,
    drives: [drive({ driver: 'uio_pci_generic', handedOver: true, group: null })],
    says: ['OWNER_NEEDS_VFIO'],
  },
  {
    it: 'goes back to root before the drive leaves, so that the undo gives it to its owner again',
    declare: declaration({ kernel: [a] }),
    drives: [drive(gone)],
    facts: owned,
    owners: ['14 spdk:storage→root:root'],
  },
  {
    it: 'stays while another member of the group stays',
    declare: declaration({ kernel: [a] }),
    drives: [drive(gone), drive({ ...gone, bdf: b })],
    facts: owned,
  },
]

describe('owners of vfio groups', () => {
  for (const { it: name, declare, drives, facts = {}, owners = [], says = [] } of cases)
    it(name, () => {
      const planned = plan(declare, hostFacts({ drives, facts: { users, ...facts } }))
      const given = planned.steps.flatMap(({ action }) =>
        action.kind === 'owner' ? [`${action.group} ${action.from}→${action.to}`] : [],
      )
      assert.deepEqual(given, owners)
      assert.deepEqual(codes(planned), says)
    })
})

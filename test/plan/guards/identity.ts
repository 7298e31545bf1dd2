import { absent, known, unreadable } from '../../../src/probe/fact.ts'
import { declaration, guarded } from '../../support/declaration.ts'
import { drive, hostFacts } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const spdk = declaration({ spdk: [guarded(bdf, 'S-5e')] })
const stranger = { by: 'bdf', bdf, serial: 'S-OTHER' } as const

/** A record as of a drive with another serial, or with other ids. */
function recordOf(spec: Parameters<typeof drive>[0]) {
  const [made] = hostFacts({ drives: [drive({ ...spec, driver: 'vfio-pci', handedOver: true })] }).drives
  return made?.record ?? absent
}

/** A record that was made while nobody could ask the drive. */
function blindRecord() {
  const record = recordOf({})
  if (record.state !== 'known') return record
  return known({ ...record.value, drive: { ...record.value.drive, controller: absent, namespaces: [] } })
}

const handOver = [
  'module vfio_iommu_type1',
  'module vfio-pci',
  `record ${bdf}`,
  `override ${bdf}`,
  `unbind ${bdf}`,
  `bind ${bdf}`,
]

export const identity: Scenario[] = [
  {
    it: 'the declared serial, padded as drives pad it',
    host: { drives: [drive()] },
    declare: spdk,
    steps: handOver,
  },
  {
    it: 'another serial',
    host: { drives: [drive({ serial: 'S-NEW' })] },
    declare: spdk,
    says: ['SERIAL_MISMATCH'],
  },
  {
    it: 'the declared serial at another address',
    host: { drives: [drive(), drive({ bdf: '0000:5f:00.0', serial: 'S-OTHER' })] },
    declare: declaration({ spdk: [stranger] }),
    says: ['SERIAL_MISMATCH'],
  },
  {
    it: 'another serial at a drive that shall stay with the kernel',
    host: { drives: [drive()] },
    declare: declaration({ kernel: [stranger] }),
    says: ['SERIAL_MISMATCH'],
  },
  {
    it: 'on vfio-pci, the serial of the record',
    host: { drives: [drive({ driver: 'vfio-pci', handedOver: true })] },
    declare: spdk,
  },
  {
    it: 'on vfio-pci, another serial in the record',
    host: { drives: [drive({ driver: 'vfio-pci', handedOver: true })] },
    declare: declaration({ spdk: [stranger] }),
    says: ['SERIAL_MISMATCH'],
  },
  {
    it: 'on vfio-pci without a record: it is left alone and said so',
    host: { drives: [drive({ driver: 'vfio-pci' })] },
    declare: spdk,
    says: ['IDENTITY_UNVERIFIED'],
  },
  {
    it: 'on vfio-pci without a record: nobody is given its group either',
    host: { drives: [drive({ driver: 'vfio-pci' })], facts: { users: { spdk: known('spdk:spdk') } } },
    declare: { ...spdk, owner: { user: 'spdk', group: null } },
    says: ['IDENTITY_UNVERIFIED'],
  },
  {
    it: 'on another user-space driver without a record, a serial is declared',
    host: { drives: [drive({ driver: 'uio_pci_generic' })] },
    declare: spdk,
    says: ['SERIAL_UNREADABLE'],
  },
  {
    it: 'given back without a record, a serial is declared: it may be another drive, in use by SPDK',
    host: { drives: [drive({ driver: 'vfio-pci' })] },
    declare: declaration({ kernel: [guarded(bdf, 'S-5e')] }),
    says: ['SERIAL_UNREADABLE'],
  },
  {
    it: 'no driver and no record',
    host: { drives: [drive({ driver: null })] },
    declare: declaration({ spdk: [bdf] }),
    says: ['DRIVE_UNSEEN'],
  },
  {
    it: 'no driver, no record, for the kernel: that is how it gets seen again',
    host: { drives: [drive({ driver: null })] },
    declare: declaration({ kernel: [bdf] }),
    steps: [`bind ${bdf}`, `settle ${bdf}`],
  },
  {
    it: 'back on nvme with the record of another drive',
    host: { drives: [drive({ facts: { record: recordOf({ serial: 'S-OLD' }) } })] },
    declare: declaration({ kernel: [bdf] }),
    says: ['RECORD_MISMATCH'],
  },
  ...[{ ids: '1b96:2600' }, { subsystemIds: '1b96:0001' }].map((facts) => ({
    it: `on vfio-pci, and its ${Object.keys(facts)} are not those of the record`,
    host: { drives: [drive({ driver: 'vfio-pci', facts: { record: recordOf({}), ...facts } })] },
    declare: declaration({ kernel: [bdf] }),
    says: ['RECORD_MISMATCH'],
  })),
  {
    it: 'the record of another address',
    host: { drives: [drive({ driver: 'vfio-pci', facts: { record: recordOf({ bdf: '0000:5f:00.0' }) } })] },
    declare: declaration({ kernel: [bdf] }),
    says: ['RECORD_MISMATCH'],
  },
  {
    it: 'a record made without sight of the serial is no mismatch',
    host: { drives: [drive({ facts: { record: blindRecord() } })] },
    declare: declaration({ kernel: [bdf] }),
    steps: [`forget ${bdf}`],
  },
  ...[unreadable('No such device'), absent].map((controller) => ({
    it: `on nvme with a controller that is ${controller.state}`,
    host: { drives: [drive({ facts: { controller, namespaces: [] } })] },
    declare: declaration({ spdk: [bdf] }),
    says: ['CONTROLLER_UNREADABLE'],
  })),
  {
    it: 'a controller in reset, which shows no namespaces and would pass for blank',
    host: {
      drives: [
        drive({
          facts: {
            controller: known({ name: 'nvme0', model: 'M', serial: 'S', firmware: '1', state: 'resetting' }),
            namespaces: [],
          },
        }),
      ],
    },
    declare: declaration({ spdk: [bdf] }),
    says: ['CONTROLLER_UNREADABLE'],
  },
  {
    it: 'a record is no substitute for a controller that does not answer',
    host: {
      drives: [
        drive({ handedOver: true, facts: { controller: unreadable('No such device'), namespaces: [] } }),
      ],
    },
    declare: spdk,
    says: ['CONTROLLER_UNREADABLE'],
  },
]

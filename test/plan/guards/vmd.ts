import { known } from '../../../src/probe/fact.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '10000:01:00.0'
const controller = {
  bdf: '0000:5d:05.5',
  class: '0x010400',
  ids: '8086:201d',
  driver: known('vmd'),
  iommuGroup: known(7),
}

export const vmd: Scenario[] = [
  {
    it: 'a drive behind a VMD, in the IOMMU group of the controller',
    host: { drives: [drive({ bdf, group: 7 })], facts: { functions: [controller] } },
    declare: declaration({ spdk: [bdf] }),
    says: ['DRIVE_BEHIND_VMD', 'GROUP_NOT_VIABLE'],
  },
  {
    it: 'a drive behind a VMD, in a group of its own',
    host: { drives: [drive({ bdf })] },
    declare: declaration({ spdk: [bdf] }),
    says: ['DRIVE_BEHIND_VMD'],
  },
  {
    it: 'a drive behind a VMD that is to stay with the kernel',
    host: { drives: [drive({ bdf })], facts: { functions: [controller] } },
    declare: declaration({ kernel: [bdf] }),
  },
  {
    it: 'a drive in a domain that firmware may have made',
    host: { drives: [drive({ bdf: 'ffff:01:00.0' })] },
    declare: declaration({ spdk: ['ffff:01:00.0'] }),
    steps: [
      'module vfio_iommu_type1',
      'module vfio-pci',
      ...['record', 'override', 'unbind', 'bind'].map((kind) => `${kind} ffff:01:00.0`),
    ],
  },
]

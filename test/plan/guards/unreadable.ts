import { unreadable as unread } from '../../../src/probe/fact.ts'
import type { Drive, HostFacts } from '../../../src/probe/facts.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const why = unread('Input/output error')

const ofDrive: { code: string; facts: Partial<Drive> }[] = [
  { code: 'OVERRIDE_UNREADABLE', facts: { driver: why } },
  { code: 'OVERRIDE_UNREADABLE', facts: { driverOverride: why } },
  { code: 'FACT_UNREADABLE', facts: { iommuGroup: why } },
  { code: 'FACT_UNREADABLE', facts: { record: why } },
]
const ofHost: Partial<HostFacts>[] = [{ swaps: why }, { btrfsMembers: why }, { resume: why }]

export const unreadable: Scenario[] = [
  ...ofDrive.map(({ code, facts }) => ({
    it: `${Object.keys(facts)} of the drive`,
    host: { drives: [drive({ facts })] },
    declare: declaration({ spdk: [bdf] }),
    says: [code],
  })),
  ...ofHost.map((facts) => ({
    it: `${Object.keys(facts)} of the host`,
    host: { drives: [drive()], facts },
    declare: declaration({ spdk: [bdf] }),
    says: ['FACT_UNREADABLE'],
  })),
  {
    it: 'the mounts of the host',
    host: { drives: [drive()], facts: { mounts: why } },
    declare: declaration({ spdk: [bdf] }),
    says: ['FACT_UNREADABLE', 'SYSTEM_UNTRACED'],
  },
  {
    it: 'the driver of a drive that shall go back',
    host: { drives: [drive({ driver: 'vfio-pci', handedOver: true, facts: { driver: why } })] },
    declare: declaration({ kernel: [bdf] }),
    says: ['OVERRIDE_UNREADABLE'],
  },
]

import { absent, known, unreadable } from '../../../src/probe/fact.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const spdk = declaration({ spdk: [bdf] })
const taken = (modules: string[]) => [
  ...modules.map((module) => `module ${module}`),
  ...['record', 'override', 'unbind', 'bind'].map((kind) => `${kind} ${bdf}`),
]

export const lockdown: Scenario[] = [
  ...['integrity', 'confidentiality'].map((mode) => ({
    it: `uio on a kernel locked down for ${mode}`,
    host: { drives: [drive({ group: null })], facts: { lockdown: known(mode) } },
    declare: spdk,
    says: ['LOCKDOWN'],
  })),
  {
    it: 'nobody can tell whether the kernel is locked down',
    host: { drives: [drive({ group: null })], facts: { lockdown: unreadable('no answer') } },
    declare: spdk,
    says: ['FACT_UNREADABLE'],
  },
  {
    it: 'a kernel that knows no lockdown',
    host: { drives: [drive({ group: null })], facts: { lockdown: absent } },
    declare: spdk,
    steps: taken(['uio_pci_generic']),
  },
  {
    it: 'vfio-pci works under lockdown',
    host: { drives: [drive()], facts: { lockdown: known('integrity') } },
    declare: spdk,
    steps: taken(['vfio_iommu_type1', 'vfio-pci']),
  },
]

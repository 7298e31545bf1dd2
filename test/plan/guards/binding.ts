import { absent, known, unreadable } from '../../../src/probe/fact.ts'
import type { HostFacts } from '../../../src/probe/facts.ts'
import { declaration } from '../../support/declaration.ts'
import { drive, hostFacts } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const spdk = declaration({ spdk: [bdf] })
const { modules, iommu } = hostFacts()
const without = (gone: Partial<HostFacts['modules']>) => ({ modules: { ...modules, ...gone } })
const record = [`record ${bdf}`, `override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`]

export const binding: Scenario[] = [
  ...(['vfio-pci', 'vfio_iommu_type1'] as const).map((module) => ({
    it: `no ${module}`,
    host: { drives: [drive()], facts: without({ [module]: known('missing') }) },
    declare: spdk,
    says: ['DRIVER_MISSING'],
  })),
  {
    it: 'no nvme to give the drive back to',
    host: {
      drives: [drive({ driver: 'vfio-pci', handedOver: true })],
      facts: without({ nvme: absent }),
    },
    declare: declaration({ kernel: [bdf] }),
    says: ['DRIVER_MISSING'],
  },
  {
    it: 'nobody can tell whether there is vfio-pci',
    host: { drives: [drive()], facts: without({ 'vfio-pci': unreadable('no /lib/modules') }) },
    declare: spdk,
    says: ['FACT_UNREADABLE'],
  },
  {
    it: 'a missing driver is no matter to a drive that is on it',
    host: {
      drives: [drive({ driver: 'vfio-pci', handedOver: true })],
      facts: without({ 'vfio-pci': known('missing') }),
    },
    declare: spdk,
  },
  {
    it: 'vfio-pci declared, and no IOMMU',
    host: { drives: [drive({ group: null })] },
    declare: { ...spdk, driver: 'vfio-pci' },
    says: ['NO_IOMMU'],
  },
  {
    it: 'no IOMMU, and the choice is left to provision',
    host: { drives: [drive({ group: null })] },
    declare: spdk,
    steps: ['module uio_pci_generic', ...record],
  },
  {
    it: 'uio under a translating IOMMU',
    host: { drives: [drive()] },
    declare: { ...spdk, driver: 'uio_pci_generic' },
    says: ['UIO_UNDER_IOMMU'],
  },
  {
    it: 'uio in a group of which the type is not known',
    host: { drives: [drive()], facts: { iommu: { ...iommu, groupTypes: {} } } },
    declare: { ...spdk, driver: 'uio_pci_generic' },
    says: ['UIO_UNDER_IOMMU'],
  },
  {
    it: 'uio under iommu=pt',
    host: { drives: [drive({ group: 7 })], facts: { iommu: { ...iommu, groupTypes: { 7: 'identity' } } } },
    declare: { ...spdk, driver: 'uio_pci_generic' },
    steps: ['module uio_pci_generic', ...record],
  },
  {
    it: 'a driver that nobody knows',
    host: { drives: [drive({ driver: 'pciback' })] },
    declare: spdk,
    says: ['DRIVER_FOREIGN'],
  },
]

import { configFiles } from '../../support/config.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const spdk = declaration({ spdk: [bdf] })
const rule = (driver: string, at = `pci-${bdf}`) => configFiles({ [`/etc/driverctl.d/${at}`]: driver })
const taken = [
  'module vfio_iommu_type1',
  'module vfio-pci',
  ...['record', 'override', 'unbind', 'bind'].map((kind) => `${kind} ${bdf}`),
]

export const driverctl: Scenario[] = [
  {
    it: 'its rule says otherwise',
    host: { drives: [drive()], facts: rule('uio_pci_generic') },
    declare: spdk,
    says: ['RIVAL_DRIVERCTL'],
    steps: taken,
  },
  {
    it: 'its rule says otherwise, and what is declared is to last',
    host: { drives: [drive()], facts: rule('uio_pci_generic') },
    declare: { ...spdk, persist: true },
    says: ['PERSIST_UNSUPPORTED', 'RIVAL_DRIVERCTL'],
  },
  {
    it: 'its rule says the same, of whichever drive is there',
    host: { drives: [drive()], facts: rule('vfio-pci') },
    declare: { ...spdk, persist: true },
    says: ['PERSIST_UNSUPPORTED', 'RIVAL_DRIVERCTL'],
    steps: taken,
  },
  {
    it: 'its rule takes a drive from the kernel that is declared for it',
    host: { drives: [drive()], facts: rule('vfio-pci') },
    declare: declaration({ kernel: [bdf] }),
    says: ['RIVAL_DRIVERCTL'],
  },
  {
    it: 'a rule as older versions wrote it',
    host: { drives: [drive()], facts: rule('vfio-pci', bdf) },
    declare: declaration({ kernel: [bdf] }),
    says: ['RIVAL_DRIVERCTL'],
  },
  {
    it: 'its rule is of another address',
    host: { drives: [drive()], facts: rule('uio_pci_generic', 'pci-0000:5f:00.0') },
    declare: spdk,
    steps: taken,
  },
]

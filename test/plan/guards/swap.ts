import { known } from '../../../src/probe/fact.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const refuse = declaration({ spdk: [bdf] })
const release = declaration({ spdk: [bdf], inUse: 'release' })
const swapping = drive({ on: { swap: -2 } })
const file = (path: string) => ({ swaps: known([{ path, type: 'file', majmin: null, priority: -2 }]) })
const lost = { swaps: known([{ path: '/dev/gone', type: 'partition', majmin: null, priority: -2 }]) }

export const swap: Scenario[] = [
  { it: 'swap in use', host: { drives: [swapping] }, declare: refuse, says: ['DEVICE_SWAP'] },
  {
    it: 'swap that may be released',
    host: { drives: [swapping] },
    declare: release,
    steps: [
      'module vfio_iommu_type1',
      'module vfio-pci',
      `swapoff ${bdf} ns1`,
      `record ${bdf}`,
      `override ${bdf}`,
      `unbind ${bdf}`,
      `bind ${bdf}`,
    ],
  },
  {
    it: 'swap that is known by its path alone',
    host: {
      drives: [drive({ on: { holds: ['swap'] } })],
      facts: { swaps: known([{ path: '/dev/nvme0n1', type: 'partition', majmin: null, priority: -2 }]) },
    },
    declare: refuse,
    says: ['DEVICE_SWAP'],
  },
  {
    it: 'swap that is known by its device number alone',
    host: {
      drives: [drive({ on: { holds: ['swap'] } })],
      facts: { swaps: known([{ path: '/dev/swap', type: 'partition', majmin: '259:0', priority: -2 }]) },
    },
    declare: refuse,
    says: ['DEVICE_SWAP'],
  },
  {
    it: 'a swap file in a filesystem that would be unmounted',
    host: { drives: [drive({ on: { mount: '/data' } })], facts: file('/data/swap file') },
    declare: release,
    says: ['SWAP_FILE'],
  },
  {
    it: 'a swap file elsewhere',
    host: { drives: [drive({ driver: 'vfio-pci', handedOver: true })], facts: file('/swap') },
    declare: release,
  },
  {
    it: 'swap on a device that was not found may be this drive',
    host: { drives: [drive()], facts: lost },
    declare: release,
    says: ['FACT_UNREADABLE'],
  },
]

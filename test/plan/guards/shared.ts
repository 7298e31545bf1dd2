import { known } from '../../../src/probe/fact.ts'
import type { Drive } from '../../../src/probe/facts.ts'
import { declaration } from '../../support/declaration.ts'
import { drive, hostFacts } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const declare = declaration({ spdk: [bdf], inUse: 'release' })
const other = '0000:5f:00.0'

/** Two drives, with their namespaces made alike. */
function pair(
  alike: (namespace: Drive['namespaces'][number]) => Partial<Drive['namespaces'][number]>,
): Drive[] {
  const { drives } = hostFacts({ drives: [drive(), drive({ bdf: other })] })
  return drives.map((one) => ({
    ...one,
    namespaces: one.namespaces.map((namespace) => ({ ...namespace, ...alike(namespace) })),
  }))
}

const id = '36344730529001630025385800000001'

export const shared: Scenario[] = [
  {
    it: 'the block device of native multipath',
    host: { facts: { drives: pair(() => ({ name: 'nvme0n1', majmin: '259:0' })) } },
    declare,
    says: ['DEVICE_MULTIPATH'],
  },
  ...(['nguid', 'eui', 'uuid'] as const).map((key) => ({
    it: `two block devices with one ${key}`,
    host: { facts: { drives: pair(() => ({ [key]: known(id) })) } },
    declare,
    says: ['DEVICE_MULTIPATH'],
  })),
  {
    it: 'zeros are no id',
    host: { facts: { drives: pair(() => ({ nguid: known('0'.repeat(32)) })) } },
    declare,
    steps: [
      'module vfio_iommu_type1',
      'module vfio-pci',
      `record ${bdf}`,
      `override ${bdf}`,
      `unbind ${bdf}`,
      `bind ${bdf}`,
    ],
  },
]

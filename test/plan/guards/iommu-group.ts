import { absent, type Fact, known, unreadable } from '../../../src/probe/fact.ts'
import type { PciFunction } from '../../../src/probe/facts.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const spdk = declaration({ spdk: [a] })
const one = drive({ bdf: a, group: 14 })
const modules = ['module vfio_iommu_type1', 'module vfio-pci']
const move = (bdf: string) => [`record ${bdf}`, `override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`]

function beside(klass: string, driver: Fact<string>, group: Fact<number> = known(14)) {
  const other: PciFunction = {
    bdf: '0000:60:00.0',
    class: klass,
    ids: '8086:1572',
    driver,
    iommuGroup: group,
  }
  return { drives: [one], facts: { functions: [other] } }
}

export const iommuGroup: Scenario[] = [
  {
    it: 'another drive of the group stays with the kernel',
    host: { drives: [one, drive({ bdf: b, group: 14 })] },
    declare: spdk,
    says: ['GROUP_NOT_VIABLE'],
  },
  {
    it: 'another drive of the group is declared for the kernel',
    host: { drives: [one, drive({ bdf: b, group: 14, driver: 'vfio-pci', handedOver: true })] },
    declare: declaration({ spdk: [a], kernel: [b] }),
    says: ['GROUP_NOT_VIABLE'],
  },
  {
    it: 'all drives of the group go together',
    host: { drives: [one, drive({ bdf: b, group: 14 })] },
    declare: declaration({ spdk: [a, b] }),
    steps: [...modules, ...move(a), ...move(b)],
  },
  {
    it: 'the other drive of the group is on no driver, and not declared',
    host: { drives: [one, drive({ bdf: b, group: 14, driver: null })] },
    declare: spdk,
    steps: [...modules, ...move(a)],
  },
  {
    it: 'a network card in the group',
    host: beside('0x020000', known('ixgbe')),
    declare: spdk,
    says: ['GROUP_NOT_VIABLE'],
  },
  {
    it: 'a card whose driver cannot be read',
    host: beside('0x020000', unreadable('no answer')),
    declare: spdk,
    says: ['GROUP_NOT_VIABLE'],
  },
  {
    it: 'a card whose group cannot be read may be in this one',
    host: beside('0x020000', known('ixgbe'), unreadable('no answer')),
    declare: spdk,
    says: ['FACT_UNREADABLE'],
  },
  {
    it: 'a card on no driver',
    host: beside('0x020000', absent),
    declare: spdk,
    steps: [...modules, ...move(a)],
  },
  {
    it: 'a bridge on a hot-plug driver, which keeps the group shut',
    host: beside('0x060400', known('shpchp')),
    declare: spdk,
    says: ['GROUP_NOT_VIABLE'],
  },
  {
    it: 'a bridge on a hot-plug driver, which keeps the group shut',
    host: beside('0x060400', known('shpchp')),
    declare: spdk,
    says: ['GROUP_NOT_VIABLE'],
  },
  {
    it: 'a card that a stub keeps from everybody',
    host: beside('0x020000', known('pci-stub')),
    declare: spdk,
    steps: [...modules, ...move(a)],
  },
  {
    it: 'a bridge on pcieport',
    host: beside('0x060400', known('pcieport')),
    declare: spdk,
    steps: [...modules, ...move(a)],
  },
]

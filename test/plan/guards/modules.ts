import { known } from '../../../src/probe/fact.ts'
import { configFiles } from '../../support/config.ts'
import { declaration } from '../../support/declaration.ts'
import { drive, hostFacts } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const spdk = declaration({ spdk: [bdf] })
const kernel = declaration({ kernel: [bdf] })
const { modules } = hostFacts()
const conf = '/etc/modprobe.d/local.conf'
const record = [`record ${bdf}`, `override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`]
const both = ['module vfio_iommu_type1', 'module vfio-pci', ...record]
const back = ['settle', 'forget'].map((kind) => `${kind} ${bdf}`)

const forbidding = [
  'install vfio-pci /bin/false',
  'install vfio_pci /bin/true',
  'install vfio-pci \\\n  /bin/false',
  'install vfio* /bin/false',
  'install vfio /bin/false # by policy',
]
const harmless = [
  'blacklist vfio-pci',
  'install vfio-pci /sbin/modprobe --ignore-install vfio-pci; logger loaded',
  'install vfio-platform /bin/false',
  'options vfio-pci disable_vga=1',
]

export const modulesScenarios: Scenario[] = [
  ...forbidding.map((text) => ({
    it: `${JSON.stringify(text)} forbids it`,
    host: { drives: [drive()], facts: configFiles({ [conf]: text }) },
    declare: spdk,
    says: ['MODULE_BLOCKED'],
  })),
  ...harmless.map((text) => ({
    it: `${JSON.stringify(text)} does not`,
    host: { drives: [drive()], facts: configFiles({ [conf]: text }) },
    declare: spdk,
    steps: both,
  })),
  {
    it: 'the list of the kernel itself',
    host: { drives: [drive()], facts: { cmdline: known('ro module_blacklist=nouveau,vfio_pci quiet') } },
    declare: spdk,
    says: ['MODULE_BLOCKED'],
  },
  ...['module_blacklist=vfio-pci', 'modprobe.blacklist=vfio_pci', 'ro -- module_blacklist=vfio_pci'].map(
    (cmdline) => ({
      it: `${cmdline} forbids nothing`,
      host: { drives: [drive()], facts: { cmdline: known(cmdline) } },
      declare: spdk,
      steps: both,
    }),
  ),
  {
    it: 'what is loaded already is not stopped any more',
    host: {
      drives: [drive()],
      facts: {
        ...configFiles({ [conf]: 'install vfio-pci /bin/false' }),
        modules: { ...modules, 'vfio-pci': known('loaded'), vfio_iommu_type1: known('builtin') },
      },
    },
    declare: spdk,
    steps: record,
  },
  ...[
    { ...configFiles({ [conf]: 'blacklist nvme' }) },
    { cmdline: known('modprobe.blacklist=nvme,nouveau') },
  ].map((said, at) => ({
    it: `nothing will load nvme at the next boot (${at === 0 ? 'modprobe.d' : 'the command line'})`,
    host: {
      drives: [drive({ driver: 'vfio-pci', handedOver: true, override: 'vfio-pci' })],
      facts: { ...said, modules: { ...modules, nvme: known('available' as const) } },
    },
    declare: kernel,
    says: ['MODULE_BLACKLISTED'],
    steps: ['module nvme', `override ${bdf}`, `unbind ${bdf}`, `bind ${bdf}`, ...back],
  })),
  {
    it: 'nvme may not be loaded at all',
    host: {
      drives: [drive({ driver: 'vfio-pci', handedOver: true })],
      facts: {
        ...configFiles({ [conf]: 'install nvme /bin/true' }),
        modules: { ...modules, nvme: known('available') },
      },
    },
    declare: kernel,
    says: ['MODULE_BLOCKED'],
  },
]

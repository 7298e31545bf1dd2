import { refuseContradictions, refuseExcess } from './contradictions.ts'
import { type Fact, known, mapFact } from './fact.ts'
import type {
  HostFacts,
  HugepagePool,
  KernelModule,
  ModuleState,
  NumaNode,
  Swap,
  UnfinishedRun,
} from './facts.ts'
import { parseMountinfo } from './mountinfo.ts'
import { unescapeOctal } from './octal.ts'
import { parseBlockDevices } from './parse-blocks.ts'
import { parseConfigLines } from './parse-config.ts'
import { parseInUse } from './parse-in-use.ts'
import { parseDrives, parseFunctions } from './parse-pci.ts'
import { integer, majmin, malformed, type Sheet } from './sheet.ts'

/**
 * The facts that a complete answer tells. Pure. Whatever the host sent, it gives facts or throws a ProvisionError
 * PROBE_MALFORMED, also when it cannot be true. What the probe did not speak of is unreadable, never absent.
 */
export function parseFacts(sheet: Sheet): HostFacts {
  refuseExcess(sheet)
  const facts = readFacts(sheet)
  refuseContradictions(sheet, facts)
  return facts
}

function readFacts(sheet: Sheet): HostFacts {
  const host = (attribute: string) => sheet.fact('host', attribute)
  return {
    hostname: host('hostname'),
    kernelName: sheet.need('host', 'kernel_name'),
    kernelRelease: host('kernel_release'),
    machineId: host('machine_id'),
    bootId: host('boot_id'),
    cmdline: host('cmdline'),
    uid: sheet.needNumber('host', 'uid'),
    lockdown: host('lockdown'),
    iommu: {
      units: sheet.all('iommu', 'unit'),
      groupTypes: parseGroupTypes(sheet),
      unsafeNoIommu: sheet.all('iommu', 'unsafe_noiommu').at(-1) === 'Y',
    },
    modules: parseModules(sheet),
    numaNodes: parseNumaNodes(sheet),
    hugepages: mapFact(host('hugepages'), () => known(parseHugepages(sheet))),
    drives: parseDrives(sheet),
    functions: parseFunctions(sheet),
    blockDevices: parseBlockDevices(sheet),
    mounts: mapFact(host('mounts'), () => known(sheet.all('host', 'mount').map(parseMountinfo))),
    swaps: mapFact(host('swaps'), () =>
      known(sheet.names('swap').map((name) => parseSwap(sheet, `swap/${name}`))),
    ),
    btrfsMembers: mapFact(host('btrfs'), () => known(sheet.all('btrfs', 'member'))),
    ...parseInUse(sheet),
    resume: mapFact(host('resume'), (text) => known(majmin(text, 'the resume device'))),
    nodeOwners: parseNodeOwners(sheet),
    users: Object.fromEntries(sheet.attributes('user')),
    aliases: mapFact(host('aliases'), () => known(parseAliases(sheet))),
    configLines: mapFact(host('config'), () => known(parseConfigLines(sheet.all('config', 'line')))),
    lock: mapFact(host('lock'), () => known(sheet.all('host', 'lock').join('\n'))),
    unfinished: mapFact(host('unfinished'), () => known(parseUnfinished(sheet))),
  }
}

function parseUnfinished(sheet: Sheet): UnfinishedRun[] {
  return sheet
    .names('unfinished')
    .map((run) => ({
      run,
      holder: sheet.need(`unfinished/${run}`, 'holder'),
      agent: agentState(sheet.need(`unfinished/${run}`, 'agent')),
      at: sheet.all(`unfinished/${run}`, 'at').at(-1) ?? null,
    }))
    .sort((a, b) => (a.run < b.run ? -1 : 1))
}

function agentState(text: string): UnfinishedRun['agent'] {
  if (text === 'alive' || text === 'gone' || text === 'other_boot') return text
  throw malformed(`the agent of a run is ${JSON.stringify(text.slice(0, 80))}`)
}

function parseGroupTypes(sheet: Sheet): Record<string, string> {
  const types: [string, string][] = []
  for (const group of sheet.names('iommu')) {
    const type = sheet.fact(`iommu/${group}`, 'type')
    if (type.state === 'known') types.push([group, type.value])
  }
  return Object.fromEntries(types)
}

function parseModules(sheet: Sheet): HostFacts['modules'] {
  const state = (module: KernelModule) => mapFact(sheet.fact('module', module), moduleState)
  return {
    nvme: state('nvme'),
    'vfio-pci': state('vfio-pci'),
    vfio_iommu_type1: state('vfio_iommu_type1'),
    uio_pci_generic: state('uio_pci_generic'),
    igb_uio: state('igb_uio'),
  }
}

function moduleState(text: string): Fact<ModuleState> {
  switch (text) {
    case 'builtin':
    case 'loaded':
    case 'available':
    case 'missing':
      return known(text)
    default:
      throw malformed(`a module is ${JSON.stringify(text.slice(0, 80))}`)
  }
}

function parseNumaNodes(sheet: Sheet): NumaNode[] {
  return sheet
    .names('numa')
    .map((id) => ({
      id: integer(id, 'a NUMA node'),
      memTotalKiB: sheet.needNumber(`numa/${id}`, 'total_kib'),
      memFreeKiB: sheet.needNumber(`numa/${id}`, 'free_kib'),
    }))
    .sort((a, b) => a.id - b.id)
}

/** Subjects `hugepages/NODE/KIB`, NODE `-` on a kernel without NUMA. */
function parseHugepages(sheet: Sheet): HugepagePool[] {
  return sheet
    .names('hugepages')
    .map((name) => {
      const [node = '', size = ''] = name.split('/')
      return {
        sizeKiB: integer(size, 'a hugepage size'),
        node: node === '-' ? null : integer(node, 'a NUMA node'),
        total: sheet.needNumber(`hugepages/${name}`, 'total'),
        free: sheet.needNumber(`hugepages/${name}`, 'free'),
      }
    })
    .sort((a, b) => (a.node ?? -1) - (b.node ?? -1) || a.sizeKiB - b.sizeKiB)
}

function parseSwap(sheet: Sheet, subject: string): Swap {
  const device = sheet.all(subject, 'majmin').at(-1)
  return {
    path: unescapeOctal(sheet.need(subject, 'path')),
    type: sheet.need(subject, 'type'),
    majmin: device === undefined ? null : majmin(device, subject),
    priority: sheet.needNumber(subject, 'priority'),
  }
}

/** `data UUID=… /etc/keys/data.key luks,discard`; comments are none. */
function parseNodeOwners(sheet: Sheet): Record<string, string> {
  const owners: [string, string][] = []
  for (const [path, owner] of sheet.attributes('node'))
    if (owner.state === 'known') owners.push([path, owner.value])
  return Object.fromEntries(owners)
}

function parseAliases(sheet: Sheet): Record<string, string> {
  const aliases: [string, string][] = []
  for (const [path, name] of sheet.attributes('alias'))
    if (name.state === 'known') aliases.push([path, name.value])
  return Object.fromEntries(aliases)
}

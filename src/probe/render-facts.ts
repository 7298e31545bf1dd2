import { encodeBytes } from './bytes.ts'
import type { Fact } from './fact.ts'
import type { BlockDevice, Drive, HostFacts, Namespace, Partition, PciFunction, Swap } from './facts.ts'
import { renderMountTable } from './mount-tree.ts'
import { escapeOctal } from './octal.ts'
import { renderConfigLine } from './parse-config.ts'
import { renderInUse } from './render-in-use.ts'
import { renderLine } from './wire.ts'

/**
 * Facts as the lines in which a host would tell them: what a simulated host answers. Parsing them gives the same
 * facts, as long as the facts are such as a host can have: sorted as facts.ts says, sizes in whole sectors.
 */
export function renderFacts(facts: HostFacts): string {
  const page = new Page()
  renderHost(page, facts)
  for (const drive of facts.drives) renderDrive(page, drive)
  for (const pciFunction of facts.functions) renderFunction(page, pciFunction)
  // Both paths of a multipath namespace tell of it.
  const namespaces = new Map(facts.drives.flatMap((drive) => drive.namespaces).map((n) => [n.name, n]))
  for (const namespace of namespaces.values()) renderNamespace(page, namespace)
  for (const device of facts.blockDevices) renderBlockDevice(page, device)
  return page.text
}

/** A whole answer as bytes, framed by `nonce`, around lines from `renderFacts`. */
export function renderAnswer(nonce: string, body: string): Buffer {
  const count = body.split('\n').length - 1
  return encodeBytes(`provision-begin\t${nonce}\n${body}provision-end\t${nonce}\t${count}\n`)
}

/** The lines of an answer as they are written. */
export class Page {
  text = ''

  known(subject: string, attribute: string, value: string | number): void {
    this.text += renderLine({ subject, attribute, state: '=', value: String(value) })
  }

  all(subject: string, attribute: string, values: readonly string[]): void {
    for (const value of values) this.known(subject, attribute, value)
  }

  fact<T>(subject: string, attribute: string, fact: Fact<T>, value: (known: T) => string = String): void {
    if (fact.state === 'known') this.known(subject, attribute, value(fact.value))
    else if (fact.state === 'absent') this.text += renderLine({ subject, attribute, state: '-', value: '' })
    else this.text += renderLine({ subject, attribute, state: '!', value: fact.why })
  }

  /** A fact whose value is told by lines of its own. */
  headed<T>(subject: string, attribute: string, fact: Fact<T>, items: (known: T) => void): void {
    this.fact(subject, attribute, fact, () => '')
    if (fact.state === 'known') items(fact.value)
  }
}

function renderHost(page: Page, facts: HostFacts): void {
  page.known('host', 'kernel_name', facts.kernelName)
  page.known('host', 'uid', facts.uid)
  page.fact('host', 'hostname', facts.hostname)
  page.fact('host', 'kernel_release', facts.kernelRelease)
  page.fact('host', 'boot_id', facts.bootId)
  page.fact('host', 'cmdline', facts.cmdline)
  page.fact('host', 'machine_id', facts.machineId)
  page.fact('host', 'lockdown', facts.lockdown)
  page.fact('host', 'resume', facts.resume)
  renderLock(page, facts.lock)
  page.headed('host', 'unfinished', facts.unfinished, (runs) => {
    for (const { run, holder, agent, at } of runs) {
      page.known(`unfinished/${run}`, 'holder', holder)
      page.known(`unfinished/${run}`, 'agent', agent)
      if (at !== null) page.known(`unfinished/${run}`, 'at', at)
    }
  })
  renderMemory(page, facts)
  page.all('iommu', 'unit', facts.iommu.units)
  page.known('iommu', 'unsafe_noiommu', facts.iommu.unsafeNoIommu ? 'Y' : 'N')
  for (const [group, type] of Object.entries(facts.iommu.groupTypes))
    page.known(`iommu/${group}`, 'type', type)
  for (const [module, state] of Object.entries(facts.modules)) page.fact('module', module, state)
  page.headed('host', 'mounts', facts.mounts, (mounts) => page.all('host', 'mount', renderMountTable(mounts)))
  page.headed('host', 'swaps', facts.swaps, (swaps) =>
    swaps.forEach((swap, index) => {
      renderSwap(page, swap, `swap/${index}`)
    }),
  )
  page.headed('host', 'btrfs', facts.btrfsMembers, (members) => page.all('btrfs', 'member', members))
  renderInUse(page, facts)
  for (const [path, owner] of Object.entries(facts.nodeOwners)) page.known('node', path, owner)
  for (const [user, group] of Object.entries(facts.users)) page.fact('user', user, group)
  page.headed('host', 'aliases', facts.aliases, (aliases) => {
    for (const [path, name] of Object.entries(aliases)) page.known('alias', path, name)
  })
  page.headed('host', 'config', facts.configLines, (lines) =>
    page.all('config', 'line', lines.map(renderConfigLine)),
  )
}

function renderLock(page: Page, lock: Fact<string>): void {
  if (lock.state === 'known') page.all('host', 'lock', lock.value.split('\n'))
  else page.fact('host', 'lock', lock)
}

function renderMemory(page: Page, facts: HostFacts): void {
  for (const node of facts.numaNodes) {
    page.known(`numa/${node.id}`, 'total_kib', node.memTotalKiB)
    page.known(`numa/${node.id}`, 'free_kib', node.memFreeKiB)
  }
  page.headed('host', 'hugepages', facts.hugepages, (pools) => {
    for (const pool of pools) {
      const subject = `hugepages/${pool.node ?? '-'}/${pool.sizeKiB}`
      page.known(subject, 'total', pool.total)
      page.known(subject, 'free', pool.free)
    }
  })
}

function renderSwap(page: Page, swap: Swap, subject: string): void {
  page.known(subject, 'path', escapeOctal(swap.path))
  page.known(subject, 'type', swap.type)
  page.known(subject, 'priority', swap.priority)
  if (swap.majmin !== null) page.known(subject, 'majmin', swap.majmin)
}

function renderFunction(page: Page, pciFunction: PciFunction): void {
  const subject = `pci/${pciFunction.bdf}`
  page.known(subject, 'class', pciFunction.class)
  page.known(subject, 'ids', pciFunction.ids)
  page.fact(subject, 'driver', pciFunction.driver)
  page.fact(subject, 'iommu_group', pciFunction.iommuGroup)
}

function renderDrive(page: Page, drive: Drive): void {
  const subject = `pci/${drive.bdf}`
  renderFunction(page, { ...drive, class: '0x010802' })
  page.known(subject, 'subsystem_ids', drive.subsystemIds)
  page.fact(subject, 'numa_node', drive.numaNode)
  page.fact(subject, 'driver_override', drive.driverOverride)
  page.fact(subject, 'controller', drive.controller, (controller) => controller.name)
  if (drive.controller.state === 'known') {
    page.known(subject, 'model', drive.controller.value.model)
    page.known(subject, 'serial', drive.controller.value.serial)
    page.known(subject, 'firmware', drive.controller.value.firmware)
    page.known(subject, 'state', drive.controller.value.state)
  }
  page.all(
    subject,
    'namespace',
    drive.namespaces.map((namespace) => namespace.name),
  )
  page.fact(subject, 'record', drive.record, (record) => JSON.stringify(record))
}

function renderNamespace(page: Page, namespace: Namespace): void {
  const subject = `block/${namespace.name}`
  page.known(subject, 'nsid', namespace.nsid)
  renderBlock(page, namespace)
  renderSignatures(page, namespace)
  page.fact(subject, 'uuid', namespace.uuid)
  page.fact(subject, 'nguid', namespace.nguid)
  page.fact(subject, 'eui', namespace.eui)
  for (const partition of namespace.partitions) {
    page.known(`block/${partition.name}`, 'disk', namespace.name)
    page.known(`block/${partition.name}`, 'partition', partition.number)
    renderBlock(page, partition)
    renderSignatures(page, partition)
  }
}

function renderBlockDevice(page: Page, device: BlockDevice): void {
  renderBlock(page, device)
  page.all(`block/${device.name}`, 'slave', device.slaves)
  page.fact(`block/${device.name}`, 'dm_name', device.dmName)
  page.fact(`block/${device.name}`, 'dm_uuid', device.dmUuid)
  if (!device.name.startsWith('md')) return
  page.fact(`block/${device.name}`, 'md_level', device.raid, ({ level }) => level)
  if (device.raid.state !== 'known') return
  const { metadata, state, degraded } = device.raid.value
  page.known(`block/${device.name}`, 'md_metadata', metadata)
  page.known(`block/${device.name}`, 'md_state', state)
  page.known(`block/${device.name}`, 'md_degraded', degraded)
}

function renderBlock(
  page: Page,
  block: Pick<BlockDevice, 'name' | 'majmin' | 'sizeBytes' | 'holders'>,
): void {
  const subject = `block/${block.name}`
  page.known(subject, 'majmin', block.majmin)
  page.known(subject, 'sectors', block.sizeBytes / 512)
  page.all(subject, 'holder', block.holders)
}

function renderSignatures(page: Page, block: Namespace | Partition): void {
  const subject = `block/${block.name}`
  page.headed(subject, 'signatures', block.signatures, (signatures) =>
    page.all(
      subject,
      'signature',
      signatures.map((signature) => `${signature.offset} ${signature.type}`),
    ),
  )
}

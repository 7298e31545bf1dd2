import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { encodeBytes } from '../../src/probe/bytes.ts'
import { type Fact, known } from '../../src/probe/fact.ts'
import type {
  BlockDevice,
  Drive,
  HostFacts,
  Namespace,
  Partition,
  PciFunction,
} from '../../src/probe/facts.ts'
import { renderCopies, renderMountTable } from '../../src/probe/mount-tree.ts'
import { escapeOctal } from '../../src/probe/octal.ts'

/**
 * Builds under `root` the files of /sys, /proc, /dev, /etc, /run and /var of a host that has these facts, laid out
 * as Linux 6.1 does, so that the very script that runs on hosts can be run on them. Facts must be readable ones;
 * users and owners of nodes are written as `spdk:storage` and as whoever runs this.
 */
export function plantHost(root: string, facts: HostFacts): Tree {
  const tree = new Tree(root)
  plantHostFiles(tree, facts)
  plantMemory(tree, facts)
  for (const [group, type] of Object.entries(facts.iommu.groupTypes)) {
    tree.file(`sys/kernel/iommu_groups/${group}/type`, type)
  }
  for (const unit of facts.iommu.units) tree.dir(`sys/class/iommu/${unit}`)
  tree.file('sys/module/vfio/parameters/enable_unsafe_noiommu_mode', facts.iommu.unsafeNoIommu ? 'Y' : 'N')
  for (const pciFunction of facts.functions) plantFunction(tree, pciFunction)
  for (const drive of facts.drives) plantDrive(tree, drive)
  for (const device of facts.blockDevices) plantBlockDevice(tree, device)
  plantUse(tree, facts)
  plantInUse(tree, facts)
  plantConfig(tree, facts)
  return tree
}

/** Files, folders and links under one root; every folder on the way is made. */
export class Tree {
  readonly root: string
  readonly #made = new Set<string>()

  constructor(root: string) {
    this.root = root
  }

  path(path: string): string {
    return join(this.root, path)
  }

  dir(path: string): void {
    if (this.#made.has(path)) return
    this.#made.add(path)
    mkdirSync(this.path(path), { recursive: true })
  }

  /** One line, as sysfs writes its attributes. */
  file(path: string, line: string | number): void {
    this.bytes(path, encodeBytes(`${line}\n`))
  }

  bytes(path: string, bytes: Buffer): void {
    this.dir(dirname(path))
    writeFileSync(this.path(path), bytes)
  }

  /** A relative link, as sysfs has them; its target is made if need be. */
  link(path: string, target: string): void {
    this.dir(dirname(path))
    this.dir(target)
    symlinkSync(relative(dirname(this.path(path)), this.path(target)), this.path(path))
  }

  /** A link that leads nowhere, as those under /proc: only what it says counts. */
  words(path: string, text: string): void {
    this.dir(dirname(path))
    symlinkSync(encodeBytes(text), this.path(path))
  }

  fact<T>(path: string, fact: Fact<T>, line: (value: T) => string = String): void {
    if (fact.state === 'known') this.file(path, line(fact.value))
  }
}

function plantHostFiles(tree: Tree, facts: HostFacts): void {
  tree.file('proc/sys/kernel/ostype', facts.kernelName)
  tree.fact('proc/sys/kernel/hostname', facts.hostname)
  tree.fact('proc/sys/kernel/osrelease', facts.kernelRelease)
  tree.fact('proc/sys/kernel/random/boot_id', facts.bootId)
  tree.fact('proc/cmdline', facts.cmdline)
  tree.fact('etc/machine-id', facts.machineId)
  tree.fact('sys/kernel/security/lockdown', facts.lockdown, (mode) =>
    'none integrity confidentiality'.replace(mode, `[${mode}]`),
  )
  tree.file('sys/power/resume', facts.resume.state === 'known' ? facts.resume.value : '0:0')
  tree.fact('run/provision/lock/owner', facts.lock)
  tree.file('etc/passwd', 'spdk:x:1001:1002:SPDK:/:/bin/sh')
  tree.file('etc/group', 'storage:x:1002:')
  for (const path of Object.keys(facts.nodeOwners)) tree.bytes(path, Buffer.alloc(0))
  plantUnfinished(tree, facts)
  plantModules(tree, facts)
}

/** Runs that stopped in the middle, each with a process that signed for it. */
function plantUnfinished(tree: Tree, { unfinished, bootId }: HostFacts): void {
  const boot = bootId.state === 'known' ? bootId.value : 'unknown'
  const runs = unfinished.state === 'known' ? unfinished.value : []
  for (const [index, { run, holder, agent, at }] of runs.entries()) {
    const folder = `var/lib/provision/runs/${run}`
    const pid = 40_000 + index
    tree.file(`${folder}/open`, '')
    tree.file(`${folder}/holder`, holder)
    tree.file(`${folder}/process`, `${pid} 4711 ${agent === 'other_boot' ? 'boot-before' : boot}     `)
    tree.file(`${folder}/journal`, at === null ? 'run\tbegin\t=\tr' : `${at.replace(' ', '\t')}\t=\tx`)
    if (agent === 'alive') tree.file(`proc/${pid}/stat`, `${pid} (sh) S ${'1 '.repeat(18)}4711 0`)
  }
}

function plantModules(tree: Tree, facts: HostFacts): void {
  const folder = `lib/modules/${facts.kernelRelease.state === 'known' ? facts.kernelRelease.value : ''}`
  const lines = (wanted: string, line: (name: string) => string) =>
    Object.entries(facts.modules)
      .filter(([, state]) => state.state === 'known' && (state.value === wanted || state.value === 'loaded'))
      .map(([name]) => line(name))
  tree.file(
    `${folder}/modules.builtin`,
    ['kernel/fs/ext4/ext4.ko', ...lines('builtin', (name) => `kernel/a/${name}.ko`)].join('\n'),
  )
  // Each is also named as what something else depends on, which says nothing of whether it is there.
  const others = Object.keys(facts.modules).map((name) => `kernel/b/other.ko.xz: kernel/a/${name}.ko.xz`)
  tree.file(
    `${folder}/modules.dep`,
    [...others, ...lines('available', (name) => `kernel/a/${name}.ko.xz: kernel/b/dep.ko.xz`)].join('\n'),
  )
  for (const [name, state] of Object.entries(facts.modules)) {
    if (state.state === 'known' && state.value === 'loaded')
      tree.file(`sys/module/${name.replace('-', '_')}/initstate`, 'live')
  }
}

function plantMemory(tree: Tree, facts: HostFacts): void {
  for (const { id, memTotalKiB, memFreeKiB } of facts.numaNodes) {
    tree.file(
      `sys/devices/system/node/node${id}/meminfo`,
      `Node ${id} MemTotal:       ${memTotalKiB} kB\nNode ${id} MemFree:        ${memFreeKiB} kB\nNode ${id} MemUsed: 1 kB`,
    )
  }
  const pools = facts.hugepages.state === 'known' ? facts.hugepages.value : []
  for (const { sizeKiB, node, total, free } of pools) {
    const folder = node === null ? 'sys/kernel/mm/hugepages' : `sys/devices/system/node/node${node}/hugepages`
    tree.file(`${folder}/hugepages-${sizeKiB}kB/nr_hugepages`, total)
    tree.file(`${folder}/hugepages-${sizeKiB}kB/free_hugepages`, free)
  }
}

/** Where the function stands under /sys/devices. */
const functionDir = (bdf: string) => `sys/devices/pci${bdf.slice(0, bdf.indexOf(':') + 3)}/${bdf}`

function plantFunction(tree: Tree, { bdf, class: code, ids, driver, iommuGroup }: PciFunction): void {
  const folder = functionDir(bdf)
  tree.link(`sys/bus/pci/devices/${bdf}`, folder)
  tree.file(`${folder}/class`, code)
  plantIds(tree, folder, ids, ['vendor', 'device'])
  if (driver.state === 'known') tree.link(`${folder}/driver`, `sys/bus/pci/drivers/${driver.value}`)
  if (iommuGroup.state === 'known')
    tree.link(`${folder}/iommu_group`, `sys/kernel/iommu_groups/${iommuGroup.value}`)
}

function plantIds(tree: Tree, folder: string, ids: string, names: string[]): void {
  for (const [index, id] of ids.split(':').entries()) tree.file(`${folder}/${names[index]}`, `0x${id}`)
}

function plantDrive(tree: Tree, drive: Drive): void {
  plantFunction(tree, { ...drive, class: '0x010802' })
  const folder = functionDir(drive.bdf)
  plantIds(tree, folder, drive.subsystemIds, ['subsystem_vendor', 'subsystem_device'])
  tree.file(`${folder}/numa_node`, drive.numaNode.state === 'known' ? drive.numaNode.value : -1)
  tree.file(
    `${folder}/driver_override`,
    drive.driverOverride.state === 'known' ? drive.driverOverride.value : '(null)',
  )
  tree.fact(`var/lib/provision/drives/${drive.bdf}.json`, drive.record, (record) => JSON.stringify(record))
  if (drive.controller.state !== 'known') return
  const { name, model, serial, firmware, state } = drive.controller.value
  const controller = `${folder}/nvme/${name}`
  // Padded with spaces to the width that the drive has for it.
  tree.file(`${controller}/model`, model.padEnd(40))
  tree.file(`${controller}/serial`, serial.padEnd(20))
  tree.file(`${controller}/firmware_rev`, firmware)
  tree.file(`${controller}/state`, state)
  for (const namespace of drive.namespaces) plantNamespace(tree, controller, namespace)
}

function plantNamespace(tree: Tree, controller: string, namespace: Namespace): void {
  const folder = `${controller}/${namespace.name}`
  plantBlock(tree, folder, namespace)
  tree.file(`${folder}/nsid`, namespace.nsid)
  tree.fact(`${folder}/uuid`, namespace.uuid)
  tree.fact(`${folder}/nguid`, namespace.nguid)
  tree.fact(`${folder}/eui`, namespace.eui, (eui) => eui.replaceAll(/(..)(?!$)/g, '$1 '))
  plantContent(tree, namespace)
  for (const partition of namespace.partitions) {
    plantBlock(tree, `${folder}/${partition.name}`, partition)
    tree.file(`${folder}/${partition.name}/partition`, partition.number)
    plantContent(tree, partition)
  }
}

function plantBlock(
  tree: Tree,
  folder: string,
  block: Pick<BlockDevice, 'name' | 'majmin' | 'sizeBytes' | 'holders'>,
) {
  tree.link(`sys/class/block/${block.name}`, folder)
  tree.file(`${folder}/dev`, block.majmin)
  tree.file(`${folder}/size`, block.sizeBytes / 512)
  tree.dir(`${folder}/holders`)
  for (const holder of block.holders)
    tree.link(`${folder}/holders/${holder}`, `sys/devices/virtual/block/${holder}`)
}

function plantBlockDevice(tree: Tree, device: BlockDevice): void {
  const [disk] = device.slaves
  const isPartition = device.dmName.state === 'absent' && device.raid.state === 'absent' && disk !== undefined
  const folder = `sys/devices/virtual/block/${isPartition ? `${disk}/` : ''}${device.name}`
  plantBlock(tree, folder, device)
  if (isPartition) tree.file(`${folder}/partition`, 1)
  else
    for (const slave of device.slaves)
      tree.link(`${folder}/slaves/${slave}`, `sys/devices/virtual/block/any/${slave}`)
  tree.fact(`${folder}/dm/name`, device.dmName)
  tree.fact(`${folder}/dm/uuid`, device.dmUuid)
  if (device.raid.state === 'known') {
    const { level, metadata, state, degraded } = device.raid.value
    tree.file(`${folder}/md/level`, level)
    tree.file(`${folder}/md/metadata_version`, metadata)
    tree.file(`${folder}/md/array_state`, state)
    tree.file(`${folder}/md/degraded`, degraded)
  }
}

/** The node under /dev as a file with what the signatures stand for. */
function plantContent(tree: Tree, { name, signatures }: Namespace | Partition): void {
  const content = Buffer.alloc(64 * 1024)
  const types = signatures.state === 'known' ? signatures.value.map(({ type }) => type) : []
  if (types.includes('spdk_blobstore')) content.write('SPDKBLOB')
  if (types.includes('crypto_LUKS')) content.write('LUKS\xba\xbe\x00\x01', 'latin1')
  tree.bytes(`dev/${name}`, content)
}

function plantUse(tree: Tree, facts: HostFacts): void {
  const mounts = facts.mounts.state === 'known' ? facts.mounts.value : []
  tree.file('proc/self/mountinfo', renderMountTable(mounts).join('\n'))
  if (facts.swaps.state === 'known') {
    const lines = facts.swaps.value.map(
      ({ path, type, priority }) => `${escapeOctal(path).padEnd(40)}${type}\t8388604\t\t0\t\t${priority}`,
    )
    tree.file('proc/swaps', ['Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority', ...lines].join('\n'))
  }
  if (facts.btrfsMembers.state !== 'known') return
  tree.dir('sys/fs/btrfs/features')
  const filesystem = 'sys/fs/btrfs/0f5c7c7e-9a3c-4b60-8f2a-1d2e3f405162/devices'
  tree.dir(filesystem)
  for (const member of facts.btrfsMembers.value)
    tree.link(`${filesystem}/${member}`, `sys/devices/virtual/block/${member}`)
}

function plantInUse(tree: Tree, facts: HostFacts): void {
  tree.words('proc/self/ns/mnt', 'mnt:[4026531841]')
  // Somebody who has nothing of interest: without any process nobody can be told to have nothing.
  plantProcess(tree, 1, 'init', 'mnt:[4026531841]', ['/dev/null', '/dev/vfio/vfio', '/home/x/nvme'])
  const mounts = facts.otherMounts.state === 'known' ? facts.otherMounts.value : []
  for (const { pid, command, ...copy } of mounts) {
    // With a second process in there that came later.
    for (const one of [pid, pid + 1000]) {
      plantProcess(tree, one, command, `mnt:[${4026532000 + pid}]`, [])
      tree.file(`proc/${one}/mountinfo`, renderCopies([copy]).join('\n'))
    }
  }
  const files = facts.openFiles.state === 'known' ? facts.openFiles.value : []
  for (const { pid, command, path } of files)
    plantProcess(tree, pid, command, 'mnt:[4026531841]', ['/dev/null', path, path])
  for (const { by, name, path } of facts.exports.state === 'known' ? facts.exports.value : []) {
    const folder = `sys/kernel/config/${by === 'nvmet' ? by : 'target'}/${name}`
    tree.file(`${folder}/enable`, 1)
    tree.file(`${folder}/${by === 'nvmet' ? 'device_path' : 'udev_path'}`, path)
  }
  for (const [link, target] of Object.entries(facts.resolved)) {
    tree.bytes(target, Buffer.alloc(0))
    tree.dir(dirname(link))
    symlinkSync(relative(dirname(tree.path(link)), tree.path(target)), tree.path(link))
  }
  for (const [name, path] of Object.entries(facts.loopFiles))
    tree.file(`sys/class/block/${name}/loop/backing_file`, path)
  for (const [path, bdf] of Object.entries(facts.driverNodes))
    tree.dir(`${functionDir(bdf)}/${path.startsWith('/dev/uio') ? 'uio' : 'vfio-dev'}/${basename(path)}`)
}

/** A process with its mount namespace and the links in its fd folder. */
export function plantProcess(tree: Tree, pid: number, command: string, ns: string, open: string[]): void {
  tree.file(`proc/${pid}/comm`, command)
  tree.words(`proc/${pid}/ns/mnt`, ns)
  tree.dir(`proc/${pid}/fd`)
  for (const [fd, path] of open.entries()) tree.words(`proc/${pid}/fd/${fd}`, path)
}

/** Files with these lines where they belong, comments between them; links beside nodes, as udev makes them. */
function plantConfig(tree: Tree, facts: HostFacts): void {
  const files = new Map<string, string[]>()
  for (const { file, line, text } of facts.configLines.state === 'known' ? facts.configLines.value : []) {
    const lines = files.get(file) ?? []
    while (lines.length < line - 1) lines.push(lines.length % 2 === 0 ? '# a comment' : '')
    files.set(file, [...lines, text])
  }
  for (const [file, lines] of files) tree.file(file, lines.join('\n'))
  for (const [path, name] of Object.entries(facts.aliases.state === 'known' ? facts.aliases.value : {})) {
    tree.dir(dirname(path))
    symlinkSync(`../../${name}`, tree.path(path))
  }
}

/** The facts as the probe must tell them from a planted tree: owners and users are those that `plantHost` wrote. */
export function asPlanted(facts: HostFacts, owner: string): HostFacts {
  return {
    ...facts,
    uid: process.getuid?.() ?? 0,
    nodeOwners: Object.fromEntries(Object.keys(facts.nodeOwners).map((path) => [path, owner])),
    users: { spdk: known('spdk:storage'), ghost: { state: 'absent' } },
    unfinished: facts.unfinished.state === 'known' ? facts.unfinished : known([]),
  }
}

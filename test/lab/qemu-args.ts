import { join } from 'node:path'
import type { Image } from './image.ts'
import type { DriveSpec, GuestSpec } from './spec.ts'

/** What differs from one start of a guest to the next. */
export interface StartOptions {
  readonly dir: string
  readonly port: number
  readonly machineId: string
  readonly kernelArgs: readonly string[]
}

export const nodeName = (serial: string, nsid: number): string => `blk-${serial}-${nsid}`
export const driveFile = (dir: string, serial: string, nsid: number): string =>
  join(dir, `${serial}-${nsid}.raw`)
export const portName = (drive: DriveSpec): string => `port-${drive.serial}`

/** The QEMU command line of a guest: pure, so that it can be read and compared. */
export function qemuArgs(spec: GuestSpec, image: Image, options: StartOptions): string[] {
  return [
    ...machine(spec),
    ...memory(spec),
    ...boot(spec, image, options),
    ...consoleAndControl(options),
    ...network(options),
    ...buses(spec),
    ...spec.drives.flatMap((drive) => nvme(spec, drive, options.dir)),
  ]
}

function machine(spec: GuestSpec): string[] {
  const args = ['-name', spec.name, '-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none']
  // /dev/kvm may exist and still boot nothing on the machines we know: emulation works everywhere
  args.push('-accel', 'tcg,thread=multi,tb-size=512', '-smp', String(spec.cpus))
  // max has 1 GiB pages; nested virtualisation and five-level page tables only make the boot slower
  args.push('-cpu', 'max,svm=off,la57=off')
  args.push('-M', spec.iommu ? 'q35,kernel-irqchip=split' : 'q35')
  if (spec.iommu) {
    args.push('-device', `intel-iommu,intremap=on,caching-mode=on,aw-bits=${spec.iommu.awBits}`)
  }
  return args
}

function memory(spec: GuestSpec): string[] {
  const args = ['-m', `${spec.nodesMiB.reduce((sum, size) => sum + size, 0)}M`]
  if (spec.nodesMiB.length < 2) return args
  for (const [node, size] of spec.nodesMiB.entries()) {
    args.push('-object', `memory-backend-ram,id=mem${node},size=${size}M`)
    args.push('-numa', `node,nodeid=${node},memdev=mem${node},cpus=${node}`)
  }
  return args
}

function boot(spec: GuestSpec, image: Image, options: StartOptions): string[] {
  const append = [
    'root=/dev/vda rw console=ttyS0 net.ifnames=0 panic=0',
    // a console log to be read later, by people and by Guest
    'systemd.show_status=true TERM=dumb',
    // an emulated CPU gains nothing from these, and pays for them
    'mitigations=off nokaslr audit=0 nowatchdog',
    // the kernel distrusts an emulated TSC and reads the HPET instead, a trip out of the guest each time
    'tsc=reliable clocksource=tsc',
    spec.iommu ? 'intel_iommu=on' : '',
    `systemd.machine_id=${options.machineId} systemd.hostname=${spec.name}`,
    ...spec.kernelArgs,
    ...options.kernelArgs,
  ]
  return [
    ...['-kernel', image.kernel, '-initrd', image.initrd, '-append', append.filter(Boolean).join(' ')],
    // Flushes reach the overlay (no cache=unsafe): killing QEMU must lose no more than a power cut would.
    ...['-drive', `if=none,id=root,format=qcow2,file=${join(options.dir, 'root.qcow2')}`],
    ...['-device', 'virtio-blk-pci,drive=root,bus=pcie.0'],
    ...['-object', 'rng-random,id=rng,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng,bus=pcie.0'],
  ]
}

function consoleAndControl({ dir }: StartOptions): string[] {
  return [
    ...[
      '-chardev',
      `file,id=console,path=${join(dir, 'console.log')},append=on`,
      '-serial',
      'chardev:console',
    ],
    ...['-qmp', `unix:${join(dir, 'qmp.sock')},server=on,wait=off`],
  ]
}

function network({ port }: StartOptions): string[] {
  return [
    ...['-netdev', `user,id=net,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ...['-device', 'virtio-net-pci,netdev=net,bus=pcie.0,romfile='],
  ]
}

/** Host bridges for the nodes, a root port for each drive, and the shared bridges on ports of their own. */
function buses(spec: GuestSpec): string[] {
  const args: string[] = []
  const numa = spec.nodesMiB.length > 1
  if (numa) {
    for (const node of spec.nodesMiB.keys()) {
      const bus = `pxb-pcie,id=host${node},bus_nr=${64 * (node + 1)},numa_node=${node},bus=pcie.0`
      args.push('-device', bus)
    }
  }
  let chassis = 0
  const rootPort = (id: string, node: number) => {
    chassis += 1
    const bus = numa ? `host${node}` : 'pcie.0'
    args.push('-device', `pcie-root-port,id=${id},bus=${bus},chassis=${chassis},slot=${chassis}`)
  }
  const bridges = new Set<string>()
  for (const drive of spec.drives) {
    if (!drive.bridge) rootPort(portName(drive), drive.node ?? 0)
    else if (!bridges.has(drive.bridge)) {
      bridges.add(drive.bridge)
      rootPort(`port-${drive.bridge}`, drive.node ?? 0)
      args.push('-device', `pcie-pci-bridge,id=${drive.bridge},bus=port-${drive.bridge}`)
    }
  }
  for (let spare = 0; spare < spec.sparePorts; spare += 1) rootPort(`spare${spare}`, 0)
  return args
}

function nvme(spec: GuestSpec, drive: DriveSpec, dir: string): string[] {
  const args: string[] = []
  const nsids = drive.namespacesMiB.map((_, index) => index + 1)
  for (const nsid of nsids) {
    const file = `file.driver=file,file.filename=${driveFile(dir, drive.serial, nsid)}`
    args.push('-blockdev', `driver=raw,node-name=${nodeName(drive.serial, nsid)},discard=unmap,${file}`)
  }
  const { driver, id, ...properties } = nvmeDevice(spec, drive)
  const text = Object.entries(properties).map(([name, value]) => `,${name}=${value}`)
  args.push('-device', `${driver},id=${id}${text.join('')}`)
  if (nsids.length > 1) {
    for (const nsid of nsids) {
      args.push('-device', `nvme-ns,drive=${nodeName(drive.serial, nsid)},bus=${id},nsid=${nsid}`)
    }
  }
  return args
}

/** The controller as QMP's device_add takes it too. A lone namespace is the controller's own. */
export function nvmeDevice(
  spec: GuestSpec,
  drive: DriveSpec,
  port?: string,
): Record<string, string> & { driver: string; id: string } {
  const neighbours = spec.drives.filter(({ bridge }) => bridge !== undefined && bridge === drive.bridge)
  return {
    driver: 'nvme',
    id: drive.serial,
    serial: drive.serial,
    bus: port ?? drive.bridge ?? portName(drive),
    // slot 0 of a PCI bridge is its own hotplug controller's
    ...(neighbours.length > 0 && !port ? { addr: `0x${(neighbours.indexOf(drive) + 1).toString(16)}` } : {}),
    ...(drive.namespacesMiB.length === 1 ? { drive: nodeName(drive.serial, 1) } : {}),
  }
}

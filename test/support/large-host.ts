import { absent, known } from '../../src/probe/fact.ts'
import type { Drive, HostFacts, PciFunction } from '../../src/probe/facts.ts'

/** A host with that many PCI functions, `drives` of them NVMe with two partitions each, every tenth on vfio-pci. */
export function largeHost(size: { functions: number; drives: number }): HostFacts {
  const drives = Array.from({ length: size.drives }, (_, index) => largeDrive(index))
  return {
    hostname: known('stor-01'),
    kernelName: 'Linux',
    kernelRelease: known('6.1.0-18-amd64'),
    machineId: known('3d1219c7c4c5404aaa1f6d2a48adfda4'),
    bootId: known('df252019-72d9-466c-b575-97ca9a664eab'),
    cmdline: known('BOOT_IMAGE=/vmlinuz root=/dev/sda1 intel_iommu=on'),
    uid: 0,
    lockdown: known('none'),
    iommu: {
      units: ['dmar0'],
      groupTypes: Object.fromEntries(drives.map((_, index) => [String(index), 'DMA-FQ'])),
      unsafeNoIommu: false,
    },
    modules: {
      nvme: known('loaded'),
      'vfio-pci': known('loaded'),
      vfio_iommu_type1: known('loaded'),
      uio_pci_generic: known('available'),
      igb_uio: known('missing'),
    },
    numaNodes: [0, 1].map((id) => ({ id, memTotalKiB: 65_807_136, memFreeKiB: 60_000_000 })),
    hugepages: known([0, 1].map((node) => ({ sizeKiB: 2048, node, total: 1024, free: 1000 }))),
    drives,
    functions: Array.from({ length: size.functions - size.drives }, (_, index) => plainFunction(index)),
    blockDevices: [],
    mounts: known([
      { majmin: '8:1', root: '/', target: '/', fstype: 'ext4', source: '/dev/sda1', options: 'rw,relatime' },
    ]),
    swaps: known([]),
    otherMounts: known([]),
    openFiles: known([]),
    exports: known([]),
    loopFiles: {},
    driverNodes: {},
    resolved: {},
    btrfsMembers: absent,
    resume: absent,
    nodeOwners: { '/dev/vfio/vfio': 'root:root' },
    users: { spdk: known('spdk:storage'), ghost: absent },
    aliases: known({ '/dev/disk/by-uuid/6d0c9f4e-5a1b-4c8e-9f3e-2b7a1d0c4e55': 'nvme0n1p1' }),
    configLines: known([
      { file: '/etc/fstab', line: 9, text: 'UUID=aaaa-bbbb / ext4 errors=remount-ro 0 1' },
      { file: '/etc/sysctl.d/80-pages.conf', line: 1, text: 'vm.nr_hugepages = 2048' },
    ]),
    lock: absent,
    unfinished: known([]),
  }
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

function largeDrive(index: number): Drive {
  const onKernel = index % 10 !== 9
  const name = `nvme${index}`
  const block = (suffix: string, minor: number) => ({
    name: `${name}n1${suffix}`,
    majmin: `259:${index * 4 + minor}`,
    sizeBytes: 3_840_755_982_336,
    holders: [],
    signatures: known([]),
  })
  const controller = {
    name,
    model: 'SAMSUNG MZQL23T8HCLS-00A07',
    serial: `S64HNE0R${hex(index, 6)}`,
    firmware: 'GDC5602Q',
  }
  const namespace = {
    nsid: 1,
    ...block('', 0),
    uuid: absent,
    nguid: absent,
    eui: known(`36344830${hex(index + 1, 8)}`),
    partitions: [1, 2].map((number) => ({ number, ...block(`p${number}`, number) })),
  }
  return {
    bdf: `0000:${hex(index, 2)}:00.0`,
    ids: '144d:a80a',
    subsystemIds: '144d:a813',
    numaNode: known(index % 2),
    driver: known(onKernel ? 'nvme' : 'vfio-pci'),
    driverOverride: onKernel ? absent : known('vfio-pci'),
    iommuGroup: known(index),
    controller: onKernel ? known({ ...controller, state: 'live' }) : absent,
    namespaces: onKernel ? [namespace] : [],
    record: absent,
  }
}

function plainFunction(index: number): PciFunction {
  return {
    bdf: `0001:${hex(index >> 3, 2)}:00.${index % 8}`,
    class: '0x088000',
    ids: '8086:2021',
    driver: absent,
    iommuGroup: known(1000 + (index >> 3)),
  }
}

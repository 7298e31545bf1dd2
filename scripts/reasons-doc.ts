import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ReasonText } from '../src/reasons/reason.ts'
import { type ReasonCode, reason, registry, type SeenOf, severityOf } from '../src/reasons/registry.ts'

/**
 * Writes docs/reasons.md from the registry: `tsx scripts/reasons-doc.ts`. With `--check` it writes nothing and fails when
 * the file is not what it would write.
 */

const path = fileURLToPath(new URL('../docs/reasons.md', import.meta.url))
const bdf = '0000:5e:00.0'
const at = (file: string, line: number) => ({ file, line, lastLine: line })

/** What a host may have shown, for each reason; the compiler sees to it that none is left out. */
export const samples: { [C in ReasonCode]: SeenOf<C> } = {
  NOT_ROOT: { uid: 1000 },
  FACT_UNREADABLE: { what: 'the list of swap space (/proc/swaps)', why: 'Permission denied' },
  RUN_UNFINISHED: {
    host: 'stor-01',
    run: '20261124T101500Z-4f2a',
    holder: 'run 20261124T101500Z-4f2a by ann on bastion since 2026-11-24T10:15:00Z',
    rebooted: true,
    at: 'step/4 begin',
  },
  PERSIST_UNSUPPORTED: {},
  OWNER_UNKNOWN: { owner: 'spdk', why: 'the host has no user spdk' },
  OWNER_NEEDS_VFIO: { bdf, driver: 'uio_pci_generic', owner: 'spdk' },
  DEVICE_NOT_FOUND: { bdf, present: ['0000:5f:00.0', '0000:d8:00.0'] },
  DEVICE_NOT_NVME: { bdf, class: '0x020000', driver: 'ixgbe' },
  SERIAL_MISMATCH: {
    bdf,
    declared: 'S5XANA0R400001',
    actual: 'S5XANA0R400777',
    model: 'SAMSUNG MZQL23T8HCLS-00A07',
    elsewhere: '0000:5f:00.0',
  },
  SERIAL_UNREADABLE: {
    bdf,
    driver: 'vfio-pci',
    declared: 'S5XANA0R400001',
    why: 'it is on vfio-pci, and no record on the host tells it',
  },
  IDENTITY_UNVERIFIED: { bdf, driver: 'vfio-pci', declared: 'S5XANA0R400001' },
  RECORD_MISMATCH: {
    bdf,
    recorded: `S5XANA0R400001 (${bdf}, 144d:a80a, subsystem 144d:a813)`,
    actual: `PHLJ9365 (${bdf}, 8086:0a54, subsystem 8086:4702)`,
  },
  MATCH_TOO_FEW: { wanted: 4, found: [bdf, '0000:5f:00.0'], match: '{ model: SAMSUNG MZQL2*, numa: 1 }' },
  DRIVE_UNSEEN: { bdf },
  SYSTEM_DEVICE: { bdf, device: 'nvme0n1p2', uses: '/, /boot/efi' },
  SYSTEM_UNTRACED: { target: '/', fstype: 'overlay', source: 'overlay' },
  DEVICE_MOUNTED: { bdf, device: 'nvme0n1p1', target: '/data', fstype: 'xfs' },
  MOUNT_NESTED: { bdf, target: '/data', nested: '/data/cache', source: 'tmpfs' },
  MOUNT_POINT_TAKEN: { bdf, target: '/data', source: '/dev/sdb1', fstype: 'ext4' },
  DEVICE_SWAP: { bdf, device: 'nvme0n1p3' },
  SWAP_FILE: { bdf, path: '/data/swapfile', target: '/data' },
  DEVICE_MULTIPATH: { bdf, others: ['0000:5f:00.0'] },
  DEVICE_HELD: { bdf, device: 'nvme0n1p1', holder: 'dm-0', what: 'LVM volume vg0-data' },
  STACK_SHARED: { bdf, what: 'RAID array md127', device: 'md127', others: ['0000:5f:00.0', 'sdb'] },
  STACK_UNSUPPORTED: {
    bdf,
    what: 'LVM volume vg0-thin',
    device: 'dm-3',
    why: 'it is more than a linear or striped volume (thin, RAID, cache, snapshot)',
  },
  LUKS_NO_KEY: { bdf, name: 'data', why: 'its line in /etc/crypttab names no key file' },
  STACK_OWED: { bdf, name: 'md127', missing: ['0000:5f:00.0'] },
  DEVICE_BTRFS_MEMBER: { bdf, device: 'nvme0n1' },
  DEVICE_HAS_DATA: { bdf, device: 'nvme0n1', signatures: 'a signature of ext4' },
  DEVICE_MAYBE_ACTIVE: { bdf, device: 'nvme0n1', type: 'zfs_member' },
  CONTENTS_UNREADABLE: { bdf, devices: ['nvme0n1'], why: 'wipefs is not installed (package util-linux)' },
  CONTROLLER_UNREADABLE: { bdf, why: 'its state is resetting' },
  DRIVER_MISSING: { driver: 'vfio-pci', kernel: '6.1.0-18-amd64' },
  NO_IOMMU: { bdf },
  GROUP_NOT_VIABLE: { bdf, group: 14, others: [{ bdf: '0000:5f:00.0', driver: 'nvme', kind: 'nvme' }] },
  UIO_UNDER_IOMMU: { bdf, driver: 'uio_pci_generic', units: 'dmar0' },
  NVME_TAKES_OTHERS: { bdfs: ['0000:5f:00.0'] },
  DRIVER_FOREIGN: { bdf, driver: 'pciback' },
  OVERRIDE_UNREADABLE: {
    bdf,
    why: 'the kernel does not answer for it: an unbind or a reset of this drive seems to hang',
    holders: [{ pid: 812, command: 'reactor_0', path: '/dev/vfio/94' }],
  },
  VFIO_HELD: {
    bdf,
    driver: 'vfio-pci',
    holders: [{ pid: 812, command: 'reactor_0', path: '/dev/vfio/94' }],
    sure: true,
  },
  DEVICE_MOUNTED_ELSEWHERE: { bdf, device: 'nvme0n1', target: '/in', pid: 812, command: 'nginx', more: 0 },
  DEVICE_OPEN: { bdf, holders: [{ pid: 812, command: 'postgres', path: '/dev/nvme0n1' }] },
  DEVICE_EXPORTED: {
    bdf,
    path: '/dev/nvme0n1',
    by: 'nvmet',
    name: 'subsystems/nqn.2026-01.com.example/namespaces/1',
  },
  DEVICE_MOUNT_PART: { bdf, device: 'nvme0n1', option: 'logdev', target: '/srv/xfs' },
  LOOP_FILE: { bdf, path: '/data/images/a.img', loop: 'loop3', target: '/data' },
  HUGEPAGE_SIZE_MISSING: { pool: 'node0/1G', sizes: ['2M'] },
  NUMA_NODE_MISSING: { pool: 'node2/2M', nodes: [0, 1] },
  HUGEPAGES_TOO_MANY: { pool: 'node0/2M', wanted: 40960, now: 0, possible: 32132 },
  FSTAB_HANGS_BOOT: {
    ...at('/etc/fstab', 12),
    text: 'UUID=6d0c9f4e-5a1b-4c8e-9f3e-2b7a1d0c4e55 /data xfs defaults 0 2',
    how: `names nvme0n1p1 on ${bdf}`,
    fields: 6,
    fstype: 'xfs',
    stays: false,
  },
  CRYPTTAB_HANGS_BOOT: {
    ...at('/etc/crypttab', 3),
    text: 'vault UUID=0b9c2f6e-11d5-4a70-8d11-4f6b8a0e7c21 none luks',
    how: `names nvme0n1p2 on ${bdf}`,
    fields: 4,
    fstype: 'crypt',
    stays: false,
  },
  MDADM_NAMES_MEMBER: {
    ...at('/etc/mdadm/mdadm.conf', 21),
    text: 'ARRAY /dev/md/0 metadata=1.2 UUID=5f2a:41c0:9e7b:66d1 name=stor-01:0',
    how: `names a device that cannot be found now and may be on nvme0n1 of ${bdf} (linux_raid_member)`,
    fields: 0,
    fstype: 'array',
    stays: false,
  },
  MODULE_BLOCKED: {
    module: 'vfio-pci',
    said: { in: 'file', at: at('/etc/modprobe.d/hardening.conf', 7), text: 'install vfio-pci /bin/false' },
  },
  MODULE_BLACKLISTED: {
    module: 'nvme',
    bdf,
    said: { in: 'file', at: at('/etc/modprobe.d/spdk.conf', 1), text: 'blacklist nvme' },
  },
  LOCKDOWN: { bdf, driver: 'uio_pci_generic', mode: 'integrity' },
  DRIVE_BEHIND_VMD: { bdf: '10000:01:00.0', controllers: ['0000:5d:05.5'] },
  RIVAL_VFIO_IDS: {
    said: { in: 'file', at: at('/etc/modprobe.d/vfio.conf', 1), text: 'options vfio-pci ids=144d:a80a' },
    ids: '144d:a80a',
    drives: [bdf, '0000:d8:00.0'],
    kernel: ['0000:d8:00.0'],
    system: [],
    persist: false,
  },
  RIVAL_DRIVERCTL: {
    file: `/etc/driverctl.d/pci-${bdf}`,
    driver: 'uio_pci_generic',
    target: 'vfio-pci',
    persist: false,
  },
  RIVAL_HUGEPAGES: {
    writers: [
      { in: 'file', at: at('/etc/sysctl.d/80-hugepages.conf', 1), text: 'vm.nr_hugepages = 2048' },
      { in: 'file', at: at('/etc/sysctl.conf', 68), text: 'vm.nr_hugepages=512' },
    ],
  },
  HOST_TWICE: { host: 'stor-01', other: 'stor-01-mgmt', by: 'boot' },
  MACHINE_ID_SHARED: { host: 'stor-02', other: 'stor-01' },
  SERIAL_TWICE: { bdf, serial: 'S5XANA0R400001', other: 'stor-02', otherBdf: '0000:d8:00.0' },
  HUGEPAGES_IN_USE: { pool: 'node0/2M', wanted: 512, used: 1024 },
}

/** The whole document. */
export function reasonsDoc(): string {
  const codes = (Object.keys(registry) as ReasonCode[]).sort()
  return [
    '# Reasons',
    '',
    'Why `provision` refuses a host, or warns about it. Codes are stable; the words may change. `provision explain CODE` tells the same.',
    '**block**: nothing on that host is touched. **warn**: the plan goes on.',
    '',
    'This file is generated from `src/reasons`: `npx tsx scripts/reasons-doc.ts`.',
    '',
    '| code | | |',
    '| --- | --- | --- |',
    ...codes.map(
      (code) => `| [${code}](#${code.toLowerCase()}) | ${severityOf(code)} | ${registry[code].title} |`,
    ),
    ...codes.flatMap(section),
    '',
  ].join('\n')
}

function section(code: ReasonCode): string[] {
  const { title, symptoms = [] }: Pick<ReasonText<never>, 'title' | 'symptoms'> = registry[code]
  const { message, remedy } = reason(code, samples[code])
  const seenAs = symptoms.map((words) => `\`${words}\``).join(', ')
  return [
    '',
    `## ${code}`,
    '',
    `${title} (${severityOf(code)})`,
    '',
    `> ${message}`,
    '',
    `**Remedy:** ${remedy}`,
    ...(symptoms.length === 0 ? [] : ['', `Elsewhere this shows as: ${seenAs}.`]),
  ]
}

/** Whether docs/reasons.md is what the registry says. */
export function isCurrent(): boolean {
  return readFileSync(path, 'utf8') === reasonsDoc()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) writeFileSync(path, reasonsDoc())
  else if (!isCurrent()) {
    console.error('docs/reasons.md is not current. Write it anew: npx tsx scripts/reasons-doc.ts')
    process.exitCode = 1
  }
}

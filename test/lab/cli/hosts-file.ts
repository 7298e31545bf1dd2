import type { Guest } from '../guest.ts'

/** A hosts file (see README) for a guest: its blank drives to SPDK, the one with /data to the kernel. */
export function hostsFile(guest: Guest, bdfs: ReadonlyMap<string, string>): string {
  const drives = guest.spec.drives.map(({ serial }) => ({ serial, bdf: bdfs.get(serial) ?? 'unknown' }))
  const [data, ...blank] = drives
  const line = ({ serial, bdf }: { serial: string; bdf: string }) =>
    `        - { bdf: "${bdf}", serial: ${serial} }`
  const vfio = guest.spec.iommu !== false
  return [
    'version: 1',
    'ssh:',
    '  user: ops',
    `  identity_file: ${guest.identityFile}`,
    `  known_hosts: ${guest.knownHosts}`,
    '  become: sudo',
    'hosts:',
    `  ${guest.name}:`,
    '    address: 127.0.0.1',
    `    ssh: { port: ${guest.port} }`,
    '    devices:',
    '      spdk:',
    ...blank.map(line),
    ...(data ? ['      kernel:', `        - "${data.bdf}" # ${data.serial}: has /data, mounted`] : []),
    `    driver: ${vfio ? 'auto' : 'uio_pci_generic'}`,
    '    hugepages:',
    vfio ? '      2M: { node0: 32, node1: 32 }' : '      2M: 32',
    '',
  ].join('\n')
}

import fc from 'fast-check'
import { known, unreadable } from '../../src/probe/fact.ts'
import type { BlockDevice, ConfigLine, Drive, HostFacts } from '../../src/probe/facts.ts'
import { byPlace } from '../../src/probe/parse-config.ts'
import type { Draw } from './arbitrary-drives.ts'

/** Lines that say something of a block, by its kernel name and by the links that udev made for it. */
export const linesAbout: Record<string, (name: string, link: string) => string[]> = {
  '/etc/fstab': (name, link) => [
    `/dev/${name} /data ext4 defaults 0 2`,
    `${link}\t/srv/a\\040b xfs\tnoatime`,
    `${link} none swap sw,nofail 0 0`,
    '/data/disk.img /mnt/img auto loop',
    'tmpfs /tmp tmpfs defaults',
    'odd',
  ],
  '/etc/crypttab': (name, link) => [
    `vault ${link} none luks`,
    `open /dev/${name} - nofail`,
    'short /dev/sda9',
  ],
  '/etc/mdadm/mdadm.conf': (name) => [
    'ARRAY /dev/md/0 UUID=1:2:3:4',
    `ARRAY /dev/md1 devices=/dev/${name},/dev/sda1`,
    'MAILADDR root',
  ],
  '/etc/kdump.conf': (name) => [`raw /dev/${name}`, 'path /var/crash', 'ext4 UUID=5e-0'],
  '/etc/modprobe.d/local.conf': () => [
    'options vfio-pci \\',
    'options vfio-pci ids=144d:a80a,8086:0a54',
    'install vfio-pci /bin/false',
    'blacklist nvme',
  ],
  '/etc/sysctl.d/80-pages.conf': () => ['vm.nr_hugepages = 512', '-vm/nr_hugepages=0'],
  '/etc/driverctl.d/pci-0000:5e:00.0': () => ['vfio-pci', 'nvme'],
}

/** Configuration that names blocks of the host, and the links that udev made for some of them. */
export function drawConfig(
  draw: Draw,
  { drives, blockDevices }: { drives: Drive[]; blockDevices: BlockDevice[] },
): Pick<HostFacts, 'aliases' | 'configLines'> {
  const { g, readable } = draw
  const names = [
    ...blockDevices,
    ...drives.flatMap((drive) => drive.namespaces.flatMap((one) => [one, ...one.partitions])),
  ].map(({ name }) => name)
  const linked = g(() => fc.subarray([...new Set(names)]))
  const aliases = Object.fromEntries(
    linked.map((name, at) => [`/dev/disk/${at % 3 === 0 ? 'by-label/a\\x20b' : 'by-uuid/5e-'}${at}`, name]),
  )
  const lines = Object.entries(linesAbout).flatMap(([file, about]): ConfigLine[] => {
    const texts = names.flatMap((name, at) => about(name, `UUID=5e-${at}`))
    const said = g(() => fc.subarray(texts, { maxLength: 3 }))
    return said.map((text, at) => ({ file, line: 2 * at + 1, text }))
  })
  const blind = !readable && g(fc.nat, { max: 9 }) === 0
  return {
    aliases: known(aliases),
    configLines: blind ? unreadable('/etc/fstab cannot be read') : known(lines.sort(byPlace)),
  }
}

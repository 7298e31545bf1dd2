import { quoted, spoken, yamlText } from '../paste.ts'
import { tell } from './reason.ts'

/** Reasons about which drive it is. */
export const identityReasons = {
  DEVICE_NOT_FOUND: tell<{ bdf: string; present: string[] }>({
    severity: 'block',
    title: 'No PCI device at the declared address.',
    symptoms: ['EAL: Cannot find device', 'No such device', '-19'],
    message: ({ bdf, present }) =>
      `The host has no PCI device at ${bdf}. ${present.length === 0 ? 'It has no NVMe drive at all.' : `Its NVMe drives are ${present.join(', ')}.`} Addresses move when cards are added or slots are changed.`,
    remedy: ({ bdf }) =>
      `Look at \`lspci -D -d ::0108\` on the host and correct ${bdf} in the hosts file. If the drive is missing there too: \`echo 1 > /sys/bus/pci/rescan\`, then look at the slot.`,
  }),
  DEVICE_NOT_NVME: tell<{ bdf: string; class: string; driver: string | null }>({
    severity: 'block',
    title: 'The declared address is not an NVMe drive.',
    message: (seen) =>
      `${seen.bdf} is not an NVMe controller but a PCI function of class ${seen.class}${seen.driver === null ? '' : ` on driver ${seen.driver}`}. Taking it away could cut the host off.`,
    remedy: () => 'Correct the address: `lspci -D -d ::0108` lists the NVMe drives of the host.',
  }),
  SERIAL_MISMATCH: tell<{
    bdf: string
    declared: string
    actual: string
    model: string
    elsewhere: string | null
  }>({
    severity: 'block',
    title: 'Another drive answers at the declared address.',
    message: ({ bdf, declared, actual, model, elsewhere }) =>
      `The drive at ${bdf} has serial ${actual} (${model}), but the hosts file says ${declared}. ${elsewhere === null ? 'No drive of this host that can be read has that serial.' : `That serial is now at ${elsewhere}.`} This is another drive, with somebody's data on it perhaps.`,
    remedy: ({ bdf, actual, declared, elsewhere }) =>
      elsewhere === null
        ? `If ${spoken(actual)} is the right drive, set \`serial: ${yamlText(actual)}\` for ${bdf}; otherwise find where ${spoken(declared)} is: \`lsblk -dno NAME,SERIAL\`.`
        : `If ${spoken(declared)} is the drive you mean, declare it at ${elsewhere}; if the new drive is meant, set \`serial: ${yamlText(actual)}\` for ${bdf}.`,
  }),
  SERIAL_UNREADABLE: tell<{ bdf: string; driver: string; declared: string; why: string }>({
    severity: 'block',
    title: 'A serial is declared, but the drive cannot be asked for its own.',
    message: ({ bdf, declared, why }) =>
      `The hosts file guards ${bdf} with serial ${declared}, but its serial cannot be read: ${why}. It might be another drive.`,
    remedy: ({ bdf, driver }) =>
      `When nothing uses it, give it back by hand so that it can be read: \`echo ${bdf} > ${quoted(`/sys/bus/pci/drivers/${driver}/unbind`)}; echo > /sys/bus/pci/devices/${bdf}/driver_override; echo ${bdf} > /sys/bus/pci/drivers/nvme/bind\`. To go by the address alone, take \`serial\` out of the hosts file.`,
  }),
  IDENTITY_UNVERIFIED: tell<{ bdf: string; driver: string; declared: string | null }>({
    severity: 'warn',
    title: 'Nobody can say which drive this is.',
    message: ({ bdf, driver, declared }) =>
      `${bdf} is on ${driver}, where its serial cannot be read, and the host has no record of who handed it over.${declared === null ? '' : ` That it is ${declared} is not verified.`} It is left as it is.`,
    remedy: ({ bdf }) =>
      `To have it verified and recorded: stop what uses it, give it back (\`devices: { kernel: ["${bdf}"] }\`, apply), then declare it for SPDK again.`,
  }),
  RECORD_MISMATCH: tell<{ bdf: string; recorded: string; actual: string }>({
    severity: 'block',
    title: 'The drive at this address is not the one that was handed over.',
    message: ({ bdf, recorded, actual }) =>
      `The host's record says that ${recorded} was handed over at ${bdf}, but ${actual} is there now. The drive was exchanged, or the addresses have moved.`,
    remedy: ({ bdf }) =>
      `When you know which drive it is, remove the old record (\`rm /var/lib/provision/drives/${bdf}.json\`) and plan again.`,
  }),
  MATCH_TOO_FEW: tell<{ wanted: number; found: string[]; match: string }>({
    severity: 'block',
    title: 'Fewer drives match than are declared.',
    message: ({ wanted, found, match }) =>
      `\`match: ${match}\` should select ${wanted} drive${wanted === 1 ? '' : 's'}, but ${found.length === 0 ? 'none matches' : `only ${found.length} match${found.length === 1 ? 'es' : ''}: ${found.join(', ')}`}. Drives that the system runs from are never selected.`,
    remedy: () =>
      'Look at what the host has (`provision status FILE`), then lower `count` or widen the conditions.',
  }),
  DRIVE_UNSEEN: tell<{ bdf: string }>({
    severity: 'block',
    title: 'The drive has no driver, so nobody can look at what is on it.',
    symptoms: ['No such device', '-19'],
    message: ({ bdf }) =>
      `${bdf} is bound to no driver at all, and the host has no record of it: neither its serial nor its contents can be read. A bind that failed leaves a drive like this.`,
    remedy: ({ bdf }) =>
      `Let the kernel have a look at it first: \`echo > /sys/bus/pci/devices/${bdf}/driver_override; echo ${bdf} > /sys/bus/pci/drivers/nvme/bind\`, then plan again.`,
  }),
}

import { operand, spoken } from '../paste.ts'
import { tell } from './reason.ts'

/** Reasons that only a look at several hosts gives. */
export const fleetReasons = {
  HOST_TWICE: tell<{ host: string; other: string; by: 'boot' | 'machine' }>({
    severity: 'block',
    title: 'Two names in the hosts file are one and the same host.',
    message: ({ host, other, by }) =>
      `${host} and ${other} are one and the same machine: ${by === 'boot' ? 'their boot id is the same' : 'their machine-id is the same, and a boot id that could tell them apart could not be read'}. Two plans for one machine would work against each other.`,
    remedy: ({ host, other }) =>
      `Take one of the two out of the hosts file. \`ssh ${operand(host)} cat /proc/sys/kernel/random/boot_id\` and the same for ${spoken(other)} show it.`,
  }),
  MACHINE_ID_SHARED: tell<{ host: string; other: string }>({
    severity: 'warn',
    title: 'Two hosts were cloned from one image with its machine-id in it.',
    message: ({ host, other }) =>
      `${host} has the machine-id of ${other}, but was booted apart from it: both were cloned from one image. A saved plan recognises its host by that id, and so do DHCP and the journal.`,
    remedy: () =>
      'Give one of them an id of its own: `rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup`, then boot it again.',
  }),
  SERIAL_TWICE: tell<{ bdf: string; serial: string; other: string; otherBdf: string }>({
    severity: 'block',
    title: 'The same drive is seen by two hosts.',
    message: ({ bdf, serial, other, otherBdf }) =>
      `The drive at ${bdf} has serial ${serial}, and ${other} sees a drive of this model with the same serial at ${otherBdf}. If that is one drive with two ports, whatever uses it there would go on while SPDK writes to it from here.`,
    remedy: ({ bdf, other, otherBdf }) =>
      `Look whether it is one drive: \`nvme id-ctrl -H /dev/nvme0 | grep -E "^(sn|cmic)"\` on both, for ${bdf} here and ${spoken(otherBdf)} on ${spoken(other)}. If so, declare it on one of them only and take it out of the other; if virtual machines were given the same serial, give them others.`,
  }),
}

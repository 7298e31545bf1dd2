import { devNode, operand } from '../paste.ts'

/** The command that closes what is stacked on a drive, in back-quotes. `what`: in its admin's words, `LVM volume vg-data`. */
export function closing(what: string, device: string): string {
  const name = what.split(' ').slice(2).join(' ')
  if (what.startsWith('LVM volume ')) return `\`vgchange -an ${operand(groupOf(name))}\``
  if (what.startsWith('LUKS mapping ')) return `\`cryptsetup close ${operand(name)}\``
  if (device.startsWith('loop')) return `\`losetup -d ${devNode(device)}\``
  if (device.startsWith('md')) return `\`mdadm --stop ${devNode(device)}\``
  return `\`lsblk ${devNode(device)}\` and \`dmsetup ls --tree\` show what it is`
}

/** The volume group in a name under /dev/mapper: a single `-` parts it from the volume. */
function groupOf(name: string): string {
  const [, group = 'VG'] = /^((?:[^-]|--)+)-[^-]/.exec(name) ?? []
  return group.replaceAll('--', '-')
}

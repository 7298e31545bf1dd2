import { devNode, operand, spoken } from '../paste.ts'
import { closing } from './closing.ts'
import { tell } from './reason.ts'

/** Reasons about what is stacked on drives, where `in_use: release` may close it. */
export const stackReasons = {
  STACK_SHARED: tell<{ bdf: string; what: string; device: string; others: string[] }>({
    severity: 'block',
    title: 'What is stacked on the drive also lies on something that stays.',
    symptoms: ['Active devices: holder@', 'so not binding PCI dev'],
    message: ({ bdf, what, others }) =>
      `${what} lies on ${bdf} and also on ${others.join(', ')}, which this plan does not hand over. Taking one part away would break the whole.`,
    remedy: ({ bdf, what, device, others }) =>
      `Declare all of them for SPDK, or take ${bdf} out of it${what.startsWith('LVM') ? ' (`pvmove` and `vgreduce` free a drive of its volume group; `vgs -o +devices` shows it)' : ''}. \`lsblk -s ${devNode(device)}\` shows what it lies on${others.some((other) => other.includes(':')) ? '; `lsblk -o NAME,SERIAL` which drives these are' : ''}.`,
  }),
  STACK_UNSUPPORTED: tell<{ bdf: string; what: string; device: string; why: string }>({
    severity: 'block',
    title: 'What is stacked on the drive cannot be closed and opened again by provision.',
    symptoms: ['Active devices: holder@', 'so not binding PCI dev'],
    message: ({ bdf, what, why }) =>
      `${what} lies on ${bdf}, and it is not sure that provision could put it back as it was: ${why}. So it is left alone, also with \`in_use: release\`.`,
    remedy: ({ what, device }) =>
      `Close it yourself, after its filesystems are unmounted: ${closing(what, device)}. Then plan again.`,
  }),
  LUKS_NO_KEY: tell<{ bdf: string; name: string; why: string }>({
    severity: 'block',
    title: 'A LUKS container on the drive could not be opened again once it is closed.',
    message: ({ bdf, name, why }) =>
      `The LUKS container ${name} lies on ${bdf} and would have to be closed, but ${why}. Once it is closed its key is gone from memory, and only somebody with the passphrase could open it again.`,
    remedy: ({ name }) =>
      `Close it yourself, after its filesystems are unmounted: \`cryptsetup close ${operand(name)}\`. Or give its line in /etc/crypttab a key file: the third field, such as /etc/keys/data.key. Then plan again.`,
  }),
  STACK_OWED: tell<{ bdf: string; name: string; missing: string[] }>({
    severity: 'warn',
    title: 'What was stacked on the drive stays closed until all its drives are back.',
    message: ({ bdf, name, missing }) =>
      `${name} was closed when ${bdf} was handed over, and also lies on ${missing.join(', ')}, not declared for the kernel here. It is not opened and nothing on it is mounted; the record of ${bdf} is kept for that.`,
    remedy: ({ bdf, missing }) =>
      `Give them back together: \`provision release FILE\` with a file that names ${spoken([bdf, ...missing].join(', '))}.`,
  }),
}

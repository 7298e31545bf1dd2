import type { LineAt } from './mend-line.ts'
import { addNofail, commentOut } from './mend-line.ts'
import { tell } from './reason.ts'

export interface ReferenceSeen extends LineAt {
  text: string
  /** `names nvme0n1p1 on 0000:5e:00.0`. */
  how: string
  fields: number
  fstype: string
  /** The drive is about to go, and stays away after each boot. */
  stays: boolean
}

const blocksWhen = ({ stays }: ReferenceSeen) => stays

/** Reasons about lines of configuration that count on a drive at the next boot. */
export const referenceReasons = {
  FSTAB_HANGS_BOOT: tell<ReferenceSeen>({
    severity: 'warn',
    blocksWhen,
    title: 'A line of /etc/fstab waits for the drive at the next boot.',
    symptoms: [
      'A start job is running for',
      'You are in emergency mode',
      'Dependency failed for Local File Systems',
    ],
    message: (seen) =>
      `${quotedLine(seen)} ${seen.how}, and says neither nofail nor noauto. ${
        seen.fstype === 'swap'
          ? 'If the drive is with SPDK at the next boot, the boot waits 90 seconds for this swap space.'
          : 'If the drive is with SPDK at the next boot, the boot waits 90 seconds for it and then stops in emergency mode, where nobody can log in over SSH.'
      }`,
    remedy: (seen) =>
      `Let a boot go on without it: \`${addNofail(seen)}\`, then \`systemctl daemon-reload\`.`,
  }),
  CRYPTTAB_HANGS_BOOT: tell<ReferenceSeen>({
    severity: 'warn',
    blocksWhen,
    title: 'A line of /etc/crypttab waits for the drive at the next boot.',
    symptoms: ['A start job is running for', 'Dependency failed for Cryptography Setup'],
    message: (seen) =>
      `${quotedLine(seen)} ${seen.how}, and says neither nofail nor noauto. If the drive is with SPDK at the next boot, the boot waits 90 seconds for it, and what lies on it fails after that.`,
    remedy: (seen) =>
      `Let a boot go on without it: \`${addNofail(seen)}\`, then \`systemctl daemon-reload\`.`,
  }),
  MDADM_NAMES_MEMBER: tell<ReferenceSeen>({
    severity: 'warn',
    blocksWhen,
    title: 'mdadm.conf names a RAID array that the drive is a member of.',
    message: (seen) =>
      `${quotedLine(seen)} ${seen.how}. At the next boot the array takes the drive before it can be handed over, or starts without it and is degraded.`,
    remedy: (seen) =>
      `If the array is given up: \`${commentOut(seen)}\`, then \`update-initramfs -u\` (dracut: \`dracut -f\`), which holds a copy of the file.`,
  }),
}

function quotedLine({ file, line, text }: ReferenceSeen): string {
  const shown = text.trim().replaceAll(/\s+/g, ' ')
  return `${file}:${line} "${shown.length > 160 ? `${shown.slice(0, 160)}…` : shown}"`
}

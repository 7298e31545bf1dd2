import { quoted, spoken } from '../paste.ts'
import { tell } from './reason.ts'

/** Reasons that concern a whole host. */
export const hostReasons = {
  NOT_ROOT: tell<{ uid: number }>({
    severity: 'block',
    title: 'The probe did not run as root.',
    message: ({ uid }) =>
      `The probe ran as user id ${uid}. Signatures on disks, and who uses them, can only be read by root; what cannot be read is taken for in use.`,
    remedy: () => 'Set `ssh: { become: sudo }` in the hosts file, or connect as root.',
  }),
  FACT_UNREADABLE: tell<{ what: string; why: string }>({
    severity: 'block',
    title: 'Something that must be known could not be read.',
    message: ({ what, why }) =>
      `${what} could not be read on this host (${why}). Without it nobody can tell what a change would hit, so nothing is changed.`,
    remedy: ({ what }) =>
      `Find out by hand why ${spoken(what)} is not readable as root there, then plan again.`,
  }),
  RUN_UNFINISHED: tell<{ host: string; run: string; holder: string; rebooted: boolean; at: string | null }>({
    severity: 'block',
    title: 'An earlier run stopped in the middle on this host.',
    message: ({ run, holder, rebooted, at }) =>
      `Run ${run} was begun on this host and never finished (${holder || 'it left no name'}). ${
        rebooted ? 'The host was booted since' : 'What carried it out was killed'
      }${at === null ? ' before the first step' : `; the last word in its journal is \`${at}\``}. The host may be half way, and only that journal knows what belongs to it, so nothing is changed on top of it.`,
    remedy: ({ host, run }) =>
      `Have it mended from the machine that began it: \`provision resume ${quoted(run)}\`. From any other: \`provision rollback ${quoted(run)} FILE -l ${quoted(host)}\`.`,
  }),
  PERSIST_UNSUPPORTED: tell<Record<string, never>>({
    severity: 'warn',
    title: '`persist: true` is not carried out by this version.',
    message: () =>
      '`persist: true` is declared, but this version does not install anything for boot: after a reboot the drives are back on the kernel driver and the hugepages are gone.',
    remedy: () => 'Run `provision apply` again after each reboot.',
  }),
  OWNER_UNKNOWN: tell<{ owner: string; why: string }>({
    severity: 'block',
    title: 'The declared owner does not exist on the host.',
    message: ({ owner, why }) => `\`owner: ${owner}\` is declared, but ${why}.`,
    remedy: ({ owner }) =>
      `Create the user (\`useradd --system ${quoted(owner.split(':')[0] ?? '')}\`) or change \`owner\` in the hosts file.`,
  }),
  OWNER_NEEDS_VFIO: tell<{ bdf: string; driver: string; owner: string }>({
    severity: 'warn',
    title: 'An owner can be given only to a drive on vfio-pci.',
    message: ({ bdf, driver, owner }) =>
      `\`owner: ${owner}\` has no effect on ${bdf}: on ${driver} SPDK must run as root, there is no /dev/vfio/<group> to give away.`,
    remedy: () => 'Run SPDK as root on this host, or enable the IOMMU and use vfio-pci.',
  }),
}

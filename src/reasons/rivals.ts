import { quoted } from '../paste.ts'
import { tell } from './reason.ts'
import { type Saying, takeAway, told } from './saying.ts'

/** Reasons about others who would have it another way at boot. */
export const rivalReasons = {
  RIVAL_VFIO_IDS: tell<{
    said: Saying
    ids: string
    drives: string[]
    /** Those of `drives` that are declared for the kernel. */
    kernel: string[]
    /** Those of `drives` that the system runs from. */
    system: string[]
    persist: boolean
  }>({
    severity: 'warn',
    blocksWhen: ({ kernel, persist }) => persist && kernel.length > 0,
    title: 'vfio-pci is told to take every drive of a model.',
    symptoms: ['vfio-pci.ids', 'vfio_pci: add'],
    message: ({ said, ids, drives, kernel, system }) =>
      [
        `${upperFirst(told(said))}. That fits ${drives.join(', ')}: whichever of vfio-pci and nvme is loaded first at boot takes ${drives.length === 1 ? 'it' : 'them'}, and the same goes for any drive with the ids ${ids} that is plugged in later. Nothing looks at serials or at what is on them.`,
        ...(kernel.length === 0 ? [] : [`Declared for the kernel: ${kernel.join(', ')}.`]),
        ...(system.length === 0 ? [] : [`The system runs from ${system.join(', ')}.`]),
      ].join(' '),
    remedy: ({ said }) =>
      `${takeAway(said)}, then \`update-initramfs -u\` (dracut: \`dracut -f\`); provision needs no such line.`,
  }),
  RIVAL_DRIVERCTL: tell<{ file: string; driver: string; target: string; persist: boolean }>({
    severity: 'warn',
    blocksWhen: ({ driver, target, persist }) => persist && driver !== target,
    title: 'driverctl has a rule of its own for this address.',
    symptoms: ['driverctl list-overrides', 'drive on the wrong driver after a reboot'],
    message: ({ file, driver, target }) =>
      `${file} says "${driver}": at boot, and whenever a drive is plugged in there, driverctl puts it on ${driver}${driver === target ? '' : `, and not on ${target} as declared`}. It does so whichever drive is there, and without a look at what is on it.`,
    remedy: ({ file }) =>
      `Remove the rule: \`rm ${quoted(file)}\`. Not with \`driverctl unset-override\`, which unbinds the drive at once, in use or not.`,
  }),
  RIVAL_HUGEPAGES: tell<{ writers: Saying[] }>({
    severity: 'warn',
    title: 'Something else sets the number of hugepages at boot.',
    symptoms: ['hugepages gone after a reboot', 'vm.nr_hugepages'],
    message: ({ writers }) => {
      const last = writers.at(-1)
      return `Hugepages are declared, but ${writers.map(told).join('; ')}. ${
        last?.in === 'command line'
          ? 'At boot the kernel makes that many.'
          : 'At boot the last of these has its way, and each `sysctl --system` writes it again.'
      } That number is spread over all NUMA nodes, whatever is declared for each.`
    },
    remedy: ({ writers }) => `${writers.map(takeAway).join('. ')}.`,
  }),
}

function upperFirst(text: string): string {
  return text.startsWith('/') ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

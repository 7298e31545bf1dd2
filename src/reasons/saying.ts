import { quoted } from '../paste.ts'
import { commentOut, type LineAt } from './mend-line.ts'

/** Where a host's configuration says something: a line of a file, or a word of the kernel command line. */
export type Saying = { in: 'file'; at: LineAt; text: string } | { in: 'command line'; text: string }

/** `/etc/modprobe.d/vfio.conf:3 says "options vfio-pci ids=144d:a80a"`, to stand within a sentence. */
export function told(saying: Saying): string {
  const where = saying.in === 'file' ? `${saying.at.file}:${saying.at.line}` : 'the kernel command line'
  const text = saying.text.replaceAll(/\s+/g, ' ')
  return `${where} says "${text.length > 160 ? `${text.slice(0, 160)}…` : text}"`
}

/** The command that takes it away, with what else has to be done; the first word of a sentence. */
export function takeAway(saying: Saying): string {
  if (saying.in === 'file') return `Comment it out: \`${commentOut(saying.at)}\``
  return `Take it off the kernel command line and boot again: \`grubby --update-kernel=ALL --remove-args=${quoted(saying.text)}\`; where there is no grubby, edit GRUB_CMDLINE_LINUX in /etc/default/grub and run \`update-grub\``
}

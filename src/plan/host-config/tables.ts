import type { HostFacts } from '../../probe/facts.ts'
import { unescapeOctal } from '../../probe/octal.ts'
import { joinIndented, type LogicalLine, linesIn, wordsOf } from './lines.ts'

/** A line of /etc/fstab or /etc/crypttab. */
export interface TableEntry {
  table: 'fstab' | 'crypttab'
  at: LogicalLine
  /** What it needs: `UUID=…`, `/dev/…`, a path, or a word such as `tmpfs`. Quotes and escapes taken off. */
  source: string
  /** Mount point, or the name under /dev/mapper. */
  target: string
  /** `ext4`, `swap`; `crypt` for crypttab. */
  fstype: string
  options: string[]
  /** How many fields it has. */
  fields: number
}

/** fstab(5): source, mount point, type, options. */
export function fstabEntries(facts: HostFacts): TableEntry[] {
  return linesIn(facts, /^\/etc\/fstab$/).flatMap((at) => {
    const fields = wordsOf(at.text)
    const [source, target, fstype, options = ''] = fields
    if (source === undefined || target === undefined || fstype === undefined) return []
    return [
      {
        table: 'fstab' as const,
        at,
        source: unquoted(source),
        target: withoutSlash(unescapeOctal(target)),
        fstype,
        options: options.split(','),
        fields: fields.length,
      },
    ]
  })
}

/** crypttab(5): name, source, key, options. */
export function crypttabEntries(facts: HostFacts): TableEntry[] {
  return linesIn(facts, /^\/etc\/crypttab$/).flatMap((at) => {
    const fields = wordsOf(at.text)
    const [name, source, , options = ''] = fields
    if (name === undefined || source === undefined) return []
    return [
      {
        table: 'crypttab' as const,
        at,
        source: unquoted(source),
        target: name,
        fstype: 'crypt',
        options: options.split(','),
        fields: fields.length,
      },
    ]
  })
}

/** Whether a boot goes on without it. An automount waits only when somebody looks into it. */
export function mayBeMissing({ options, fstype }: TableEntry): boolean {
  const lenient = ['nofail', 'noauto', 'x-systemd.automount']
  return fstype === 'ignore' || options.some((option) => lenient.includes(option))
}

/** An ARRAY of mdadm.conf(5). */
export interface ArrayEntry {
  at: LogicalLine
  /** `/dev/md/0`; null when the line names none. */
  device: string | null
  /** From `devices=`. */
  members: string[]
}

export function arrayEntries(facts: HostFacts): ArrayEntry[] {
  const lines = joinIndented(linesIn(facts, /^\/etc\/(mdadm\/)?mdadm\.conf$/))
  return lines.flatMap((at) => {
    // A comment may stand behind a line too.
    const [keyword = '', ...words] = wordsOf(at.text.replace(/\s#.*/, ''))
    if (!/^arr(a|ay)?$/i.test(keyword)) return []
    const [first] = words
    if (first === '<ignore>') return []
    const device = first === undefined || first.includes('=') ? null : first
    const members = words.flatMap((word) => /^devices=(.*)/i.exec(word)?.[1]?.split(',') ?? [])
    return [
      {
        at,
        device: device === null || device.startsWith('/') ? device : `/dev/md/${device}`,
        members: members.filter((member) => member !== ''),
      },
    ]
  })
}

/** `UUID="a b"` and `"/dev/x"` are allowed; a space in a label is `\040`. */
function unquoted(word: string): string {
  return unescapeOctal(word.replace(/^(\w+=)?(["'])(.*)\2$/, '$1$3'))
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path
}

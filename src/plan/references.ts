import { seen } from '../probe/fact.ts'
import type { Drive, HostFacts, Namespace, Partition } from '../probe/facts.ts'
import type { LogicalLine } from './host-config/lines.ts'
import { type Resolver, resolverOf } from './host-config/resolve.ts'
import {
  arrayEntries,
  crypttabEntries,
  fstabEntries,
  mayBeMissing,
  type TableEntry,
} from './host-config/tables.ts'
import { stackOf } from './stack.ts'
import { usesOf } from './uses.ts'

/** A line of the host's configuration that counts on a drive at the next boot. */
export interface Reference {
  kind: 'fstab' | 'crypttab' | 'mdadm'
  at: LogicalLine
  /** How it is tied to the drive, to stand after the quoted line: `names nvme0n1p1 on 0000:5e:00.0`. */
  how: string
  /** How many fields the line has; 0 for mdadm. */
  fields: number
  /** `swap`, `crypt`, a filesystem type; `array` for mdadm. */
  fstype: string
}

/**
 * Lines of fstab, crypttab and mdadm.conf that need this drive, and do not say that a boot may go on without it. While
 * a drive is not with the kernel its record tells what it was called. A line whose device nobody can find counts for
 * every drive that may hide it: unknown means yes.
 */
export function referencesTo(drive: Drive, facts: HostFacts): Reference[] {
  const ties = new Ties(drive, facts)
  const tables = [...fstabEntries(facts), ...crypttabEntries(facts)].filter((entry) => !mayBeMissing(entry))
  return [
    ...tables.flatMap((entry): Reference[] => {
      const how = ties.toEntry(entry)
      const { table, at, fields, fstype } = entry
      return how === null ? [] : [{ kind: table, at, how, fields, fstype }]
    }),
    ...arrayEntries(facts).flatMap(({ at, device, members }): Reference[] => {
      const how = ties.toArray(device, members)
      return how === null ? [] : [{ kind: 'mdadm', at, how, fields: 0, fstype: 'array' }]
    }),
  ]
}

/** How words of configuration are tied to one drive; null: not at all. */
class Ties {
  readonly #drive: Drive
  readonly #resolver: Resolver
  readonly #facts: HostFacts
  /** Live ones, or those of the record while the drive is away. */
  readonly #blocks: (Namespace | Partition)[]
  readonly #mounts: string[]
  /** It is not on the kernel's driver, and a record tells what it was. */
  readonly #recorded: boolean

  constructor(drive: Drive, facts: HostFacts) {
    const record = seen(drive.record)
    this.#drive = drive
    this.#facts = facts
    this.#resolver = resolverOf(facts)
    this.#recorded = seen(drive.driver) !== 'nvme' && record !== null
    const namespaces = this.#recorded && record !== null ? record.drive.namespaces : drive.namespaces
    this.#blocks = namespaces.flatMap((namespace) => [namespace, ...namespace.partitions])
    const live = usesOf(drive, facts).flatMap((use) => (use.kind === 'mount' ? [use.mount.target] : []))
    this.#mounts = this.#recorded ? (record?.mounts ?? []).map(({ target }) => target) : live
  }

  toEntry(entry: TableEntry): string | null {
    return this.#toDevice(entry.source, entry) ?? (entry.table === 'fstab' ? this.#toMount(entry) : null)
  }

  toArray(device: string | null, members: string[]): string | null {
    for (const member of members) {
      const how = this.#toDevice(member, null)
      if (how !== null) return how
    }
    const found = device === null ? 'missing' : this.#resolver.device(device)
    if (typeof found === 'object') return this.#nameOn(found.name)
    return members.length > 0 ? null : this.#maybeIn(['linux_raid_member'])
  }

  #toDevice(word: string, entry: TableEntry | null): string | null {
    const found = this.#resolver.device(word)
    if (typeof found === 'object') return this.#nameOn(found.name)
    if (found === 'no_device') return null
    return this.#recordedAs(word, entry) ?? this.#maybeIn(this.#hidingPlaces(word))
  }

  #nameOn(name: string): string | null {
    const on = stackOf(this.#facts)
      .under(name)
      .find(({ bdf }) => bdf === this.#drive.bdf)
    if (on === undefined) return null
    return on.name === name
      ? `names ${name} on ${on.bdf}`
      : `names ${name}, which lies on ${on.name} of ${on.bdf}`
  }

  /** A device that is gone because it was handed over. */
  #recordedAs(word: string, entry: TableEntry | null): string | null {
    const record = seen(this.#drive.record)
    const path = this.#resolver.path(word)
    if (!this.#recorded || record === null || path === null) return null
    const names = [...(record.aliases ?? []), ...this.#blocks.map(({ name }) => `/dev/${name}`)]
    const isNamed = names.some((name) => name.toLowerCase() === path.toLowerCase())
    const isMounted = entry !== null && this.#mounts.includes(entry.target)
    const isSwap = entry?.fstype === 'swap' && record.swaps.length > 0
    return isNamed || isMounted || isSwap
      ? `needs what was on ${this.#drive.bdf} when it was handed over`
      : null
  }

  /** Types of members in which a device that nobody finds may lie. */
  #hidingPlaces(word: string): string[] {
    if (/^\/dev\/md/.test(word)) return ['linux_raid_member']
    if (/^\/dev\/(disk\/|[^/]+$)/.test(word) || !word.startsWith('/')) {
      // A plain kernel name is never inside anything.
      if (/^\/dev\/[^/]+$/.test(word)) return []
      return [...containers, UNNAMED]
    }
    return word.startsWith('/dev/mapper/') ? ['LVM2_member', 'crypto_LUKS'] : ['LVM2_member']
  }

  /** A device that cannot be found may be in one of these; or be one that udev has not named. */
  #maybeIn(types: string[]): string | null {
    for (const { name, holders, signatures } of this.#blocks) {
      if (holders.length > 0 || signatures.state !== 'known') continue
      const type = signatures.value
        .map((found) => found.type)
        .find(
          (found) =>
            types.includes(found) ||
            (types.includes(UNNAMED) && !tablesOnly.has(found) && !this.#isNamed(name)),
        )
      if (type !== undefined)
        return `names a device that cannot be found now and may be on ${name} of ${this.#drive.bdf} (${type})`
    }
    return null
  }

  #isNamed(name: string): boolean {
    if (!this.#recorded) return this.#resolver.named(name)
    const record = seen(this.#drive.record)
    return record?.aliases !== undefined && record.aliases.length > 0
  }

  /** Lines that need a mount of this drive: what is mounted inside it, and files on it. */
  #toMount({ source, target }: TableEntry): string | null {
    for (const mount of this.#mounts) {
      if (mount === '/') continue
      const inside = (path: string) => path.startsWith(`${mount}/`)
      if (inside(target)) return `needs ${mount}, which is on ${this.#drive.bdf}, for its mount point`
      if (!source.startsWith('/dev/') && (source === mount || inside(source)))
        return `needs ${source}, which is on ${this.#drive.bdf}`
    }
    return null
  }
}

/** Stands among types for any contents that udev has made no link for. */
const UNNAMED = '*'
const containers = ['LVM2_member', 'linux_raid_member', 'crypto_LUKS']
const tablesOnly = new Set(['gpt', 'dos', 'PMBR', 'spdk_blobstore'])

/** Links by which udev names blocks of a drive, for its record. Sorted. */
export function aliasesOf(drive: Drive, facts: HostFacts): string[] {
  const stack = stackOf(facts)
  return Object.entries(seen(facts.aliases) ?? {})
    .filter(([, name]) => stack.under(name).some(({ bdf }) => bdf === drive.bdf))
    .map(([path]) => path)
    .sort()
}

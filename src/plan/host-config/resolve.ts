import { seen } from '../../probe/fact.ts'
import type { HostFacts } from '../../probe/facts.ts'
import { remember } from '../remember.ts'
import { stackOf } from '../stack.ts'
import { crypttabEntries } from './tables.ts'

/** Finds the block devices that words of configuration files stand for. */
export interface Resolver {
  /**
   * Kernel name of the device that is there now; `missing` when the word names a device and none like it is there;
   * `no_device` for a tmpfs, an NFS server, a file.
   */
  device(word: string): { name: string } | 'missing' | 'no_device'
  /** The path under /dev that udev would give it: `UUID=x` → `/dev/disk/by-uuid/x`. Null: not a device. */
  path(word: string): string | null
  /** Whether udev has named what is on a block, by its UUID or label. It may have missed that, or not be there at all. */
  named(name: string): boolean
}

export const resolverOf = remember(buildResolver)

const tags: Record<string, string> = {
  UUID: 'by-uuid',
  LABEL: 'by-label',
  PARTUUID: 'by-partuuid',
  PARTLABEL: 'by-partlabel',
  ID: 'by-id',
}

function buildResolver(facts: HostFacts): Resolver {
  const stack = stackOf(facts)
  const others = new Set(facts.blockDevices.map(({ name }) => name))
  const isThere = (name: string) => others.has(name) || stack.blocks(name).length > 0
  const aliases = new Map<string, string>()
  for (const [path, name] of Object.entries(seen(facts.aliases) ?? {}))
    if (isThere(name)) aliases.set(comparable(decoded(path)), name)
  const contents = [...aliases].filter(([path]) => /^\/dev\/disk\/by-(uuid|label)\//.test(path))
  const named = new Set(contents.map(([, name]) => name))
  const mappers = new Map<string, string>()
  for (const { name, dmName } of facts.blockDevices) {
    const mapper = seen(dmName)
    if (mapper !== null) mappers.set(decoded(mapper), name)
  }
  const crypts = new Map(crypttabEntries(facts).map(({ target, source }) => [target, source]))

  function byPath(path: string, depth: number): { name: string } | 'missing' {
    const alias = aliases.get(comparable(path))
    if (alias !== undefined) return { name: alias }
    const name = path.slice('/dev/'.length)
    if (isThere(name)) return { name }
    const mapper = mappers.get(mapperName(name))
    if (mapper !== undefined) return { name: mapper }
    // A LUKS mapping that is closed now lies on what crypttab says, which may be on another one.
    const crypt = crypts.get(name.replace(/^mapper\//, ''))
    if (!name.startsWith('mapper/') || crypt === undefined || depth === 0) return 'missing'
    const under = pathOf(crypt)
    return under === null ? 'missing' : byPath(under, depth - 1)
  }

  return {
    device(word) {
      const path = pathOf(word)
      return path === null ? 'no_device' : byPath(path, 8)
    },
    path: pathOf,
    named: (name) => named.has(name),
  }
}

function pathOf(word: string): string | null {
  const tag = /^([A-Z]+)=(.+)$/s.exec(word)
  const folder = tags[tag?.[1] ?? '']
  if (folder !== undefined) return `/dev/disk/${folder}/${tag?.[2]}`
  return /^\/dev\/[^/]/.test(word) ? word : null
}

/** Ids are written in either case; labels are not. */
function comparable(path: string): string {
  return /^\/dev\/disk\/by-(part)?uuid\//.test(path) ? path.toLowerCase() : path
}

/** udev and device-mapper write a character that would not do in a path as `\x20`. */
function decoded(name: string): string {
  return name.replaceAll(/\\x([0-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** `mapper/vg-lv` and `vg/lv` are one volume; a hyphen within a name is doubled. */
function mapperName(name: string): string {
  if (name.startsWith('mapper/')) return name.slice('mapper/'.length)
  const [group, volume, more] = name.split('/')
  if (group === undefined || volume === undefined || more !== undefined) return name
  return `${group.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`
}

import type { Mount } from './facts.ts'
import { parseMountinfo, renderMountinfo } from './mountinfo.ts'

/**
 * How mounts of different namespaces hang together. Unmounting something at a mount point also unmounts what is at the
 * same place in every mount that receives from the one underneath (Linux, fs/pnode.c: propagation goes by the parent).
 *
 *     36 35 98:0 / /data rw shared:1 master:2 - ext4 /dev/sda1 rw
 *     id parent …            tags: its own peer group, and the group it receives from
 */
export interface TreeMount {
  id: string
  parent: string
  /** Peer group; null: private. */
  shared: string | null
  /** Group it receives from; null: none. */
  master: string | null
  mount: Mount
}

/** One line of mountinfo with what ties it to others. Throws PROBE_MALFORMED. */
export function parseTreeMount(line: string): TreeMount {
  const mount = parseMountinfo(line)
  const [id = '', parent = '', , , , , ...rest] = line.split(' ')
  const tags = rest.slice(0, rest.indexOf('-'))
  const tag = (name: string) => tags.find((one) => one.startsWith(`${name}:`))?.slice(name.length + 1) ?? null
  return { id, parent, shared: tag('shared'), master: tag('master'), mount }
}

/** The mount point of ours whose unmounting takes `copy` down too; null when there is none that surely does. */
export function leader(copy: TreeMount, theirs: TreeMount[], ours: TreeMount[]): string | null {
  const under = theirs.find(({ id }) => id === copy.parent)
  if (under === undefined) return null
  const groups = [under.shared, under.master].filter((group) => group !== null)
  const place = placeIn(under, copy)
  const found = ours.find((mine) => {
    if (mine.mount.majmin !== copy.mount.majmin || mine.mount.root !== copy.mount.root) return false
    const below = ours.find(({ id }) => id === mine.parent)
    return (
      below !== undefined &&
      below.shared !== null &&
      groups.includes(below.shared) &&
      placeIn(below, mine) === place
    )
  })
  return found?.mount.target ?? null
}

/** The mount point inside the filesystem underneath: the same in all copies of that one. */
function placeIn(under: TreeMount, upon: TreeMount): string {
  const { root, target } = under.mount
  const prefix = target === '/' ? '' : target
  return `${root === '/' ? '' : root}${upon.mount.target.slice(prefix.length)}`
}

/**
 * Our own mounts as mountinfo would list them, / shared with group 1 and everything else upon it: the inverse as far as
 * `leader` goes, for mounts whose copies `renderCopies` renders.
 */
export function renderMountTable(mounts: readonly Mount[]): string[] {
  const bottom = mounts.findIndex(({ target }) => target === '/')
  return mounts.map((mount, index) =>
    index === bottom
      ? tagged(renderMountinfo(mount, index + 20), 1, 'shared:1')
      : tagged(renderMountinfo(mount, index + 20), bottom + 20),
  )
}

/** The mounts of another namespace: those that follow ours lie on a / that receives from group 1, the others on nothing. */
export function renderCopies(copies: readonly { mount: Mount; goesWith: string | null }[]): string[] {
  const bottom: Mount = {
    majmin: '0:1',
    root: '/',
    target: '/',
    fstype: 'rootfs',
    source: 'none',
    options: 'rw',
  }
  return [
    tagged(renderMountinfo(bottom, 9001), 1, 'master:1'),
    ...copies.map(({ mount, goesWith }, index) =>
      tagged(renderMountinfo(mount, 9002 + index), goesWith === null ? 9000 : 9001),
    ),
  ]
}

/** A rendered line with another parent and these tags. */
function tagged(line: string, parent: number, ...tags: string[]): string {
  const [id, , ...rest] = line.split(' ')
  const dash = rest.indexOf('-', 4)
  return [id, parent, ...rest.slice(0, dash), ...tags, ...rest.slice(dash)].join(' ')
}

import { seen } from '../probe/fact.ts'
import type { Drive, Export, HostFacts, OpenFile, OtherMount } from '../probe/facts.ts'
import { allParts, type MountPart, nodeOf } from './mount-parts.ts'
import { holdersOf } from './open-files.ts'
import { remember } from './remember.ts'
import { type DriveBlock, stackOf } from './stack.ts'
import { systemTargets } from './system.ts'

/** Who uses a drive at this moment, beyond mounts, swap and holders of the host itself. `device` is a kernel name. */
export type UseNow =
  /** In another mount namespace; `more` other processes stand for further namespaces with the same. */
  | {
      kind: 'foreign_mount'
      device: string
      target: string
      fstype: string
      pid: number
      command: string
      more: number
    }
  /** A process has a node of the drive, or of something upon it, open. `device` is empty off the nvme driver. */
  | ({ kind: 'open'; device: string } & OpenFile)
  | ({ kind: 'export'; device: string } & Export)
  /** The log or realtime device of the filesystem that is mounted at `target`. */
  | { kind: 'mount_part'; device: string; option: MountPart['option']; target: string }

/** In the order: mounts elsewhere, parts of mounts, exports, open files. */
export function usesNow(drive: Drive, facts: HostFacts): UseNow[] {
  const { copies, parts, exports } = tracedUses(facts)
  const on = <T>(list: Traced<T>[]) =>
    list.flatMap(({ one, blocks }) => {
      const block = blocks.find(({ bdf }) => bdf === drive.bdf)
      return block === undefined ? [] : [{ one, device: block.name }]
    })
  return [
    ...foreignMounts(on(copies)),
    ...on(parts).map(({ one: { option, mount }, device }) => ({
      kind: 'mount_part' as const,
      device,
      option,
      target: mount.target,
    })),
    ...on(exports).map(({ one, device }) => ({ kind: 'export' as const, device, ...one })),
    ...holdersOf(drive, facts).map((file) => ({
      kind: 'open' as const,
      device: openDevice(drive, file),
      ...file,
    })),
  ]
}

interface Traced<T> {
  one: T
  blocks: DriveBlock[]
}

/** Each thing that is used with the drive blocks under it, worked out once for all drives of a host. */
const tracedUses = remember((facts: HostFacts) => {
  const stack = stackOf(facts)
  const system = new Set(
    (seen(facts.mounts) ?? []).filter(({ target }) => systemTargets.has(target)).map(({ majmin }) => majmin),
  )
  const controllers = facts.drives.flatMap(({ bdf, controller, namespaces }): [string, DriveBlock[]][] => {
    const [first] = namespaces
    if (controller.state !== 'known' || first === undefined) return []
    return [[controller.value.name, [{ bdf, name: first.name, nsid: first.nsid, partition: 0 }]]]
  })
  const passthru = new Map(controllers)
  const traced = <T>(list: T[], nodes: (one: T) => string[]): Traced<T>[] =>
    list.map((one) => ({
      one,
      blocks: nodes(one).flatMap((node) => passthru.get(node) ?? stack.under(node)),
    }))
  return {
    // A copy that goes when ours is unmounted is no use of its own; and what the system runs from is said once.
    copies: traced(
      (seen(facts.otherMounts) ?? []).filter(
        ({ goesWith, mount }) => goesWith === null && !system.has(mount.majmin),
      ),
      ({ mount }) => [mount.majmin, nodeOf(mount.source, facts)],
    ),
    parts: traced(allParts(facts), ({ node }) => [node]),
    exports: traced(seen(facts.exports) ?? [], ({ path }) => [nodeOf(path, facts)]),
  }
})

/** One for each mount point, whoever has it. */
function foreignMounts(copies: { one: OtherMount; device: string }[]): UseNow[] {
  const found = new Map<string, Extract<UseNow, { kind: 'foreign_mount' }>>()
  for (const { one, device } of copies) {
    const key = `${device} ${one.mount.target}`
    const before = found.get(key)
    if (before !== undefined) before.more += 1
    else {
      const { target, fstype } = one.mount
      found.set(key, {
        kind: 'foreign_mount',
        device,
        target,
        fstype,
        pid: one.pid,
        command: one.command,
        more: 0,
      })
    }
  }
  return [...found.values()]
}

/** The block that a node means, or the first of the drive where it means all of them. */
function openDevice({ namespaces }: Drive, { path }: OpenFile): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^ng(\d+)/, 'nvme$1')
  const blocks = namespaces.flatMap((namespace) => [namespace, ...namespace.partitions])
  return blocks.find((block) => block.name === name)?.name ?? namespaces[0]?.name ?? ''
}

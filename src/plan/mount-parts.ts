import { seen } from '../probe/fact.ts'
import type { HostFacts, Mount } from '../probe/facts.ts'

/** A second device of a mount, which mountinfo names in its options only: the log or realtime device of an XFS. */
export interface MountPart {
  option: 'logdev' | 'rtdev'
  mount: Mount
  /** As it was given to mount(8). */
  path: string
  /** Kernel name, for stack.ts; one that no device has where `path` leads to none that is known. */
  node: string
}

/** The second devices of one mount. */
export function partsOf(mount: Mount, facts: HostFacts): MountPart[] {
  return mount.options.split(',').flatMap((text): MountPart[] => {
    const [, option, path] = /^(logdev|rtdev)=(.+)$/s.exec(text) ?? []
    if (path === undefined || (option !== 'logdev' && option !== 'rtdev')) return []
    return [{ option, mount, path, node: nodeOf(path, facts) }]
  })
}

/** Those of every mount, also in other mount namespaces. */
export function allParts(facts: HostFacts): MountPart[] {
  const mounts = [...(seen(facts.mounts) ?? []), ...(seen(facts.otherMounts) ?? []).map(({ mount }) => mount)]
  return mounts.flatMap((mount) => partsOf(mount, facts))
}

/** The kernel name of a block device by any path that the kernel was given. */
export function nodeOf(path: string, facts: HostFacts): string {
  const name = (facts.resolved[path] ?? path).replace(/^\/dev\//, '')
  if (!name.startsWith('mapper/')) return name
  const mapped = facts.blockDevices.find(({ dmName }) => seen(dmName) === name.slice('mapper/'.length))
  return mapped?.name ?? name
}

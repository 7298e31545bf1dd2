import { known, mapFact } from '../probe/fact.ts'
import type { Drive, HandOver, HostFacts } from '../probe/facts.ts'

type KernelSide = Pick<Drive, 'controller' | 'namespaces'>

/**
 * A drive as the nvme driver will show it: as it was recorded, but for kernel names and device numbers, which may have
 * gone to another drive since. The real ones may be others still; that no two drives share one is what matters.
 */
export function freshlyNamed(was: HandOver['drive'], bdf: string, facts: HostFacts): KernelSide {
  const others = facts.drives.filter((other) => other.bdf !== bdf)
  const taken = new Set(others.flatMap(labels))
  if (!labels(was).some((label) => taken.has(label)))
    return { controller: was.controller, namespaces: was.namespaces }
  let number = 0
  while ([...taken].some((label) => label === `nvme${number}` || label.startsWith(`nvme${number}n`)))
    number += 1
  let minor = 0
  const majmin = () => {
    while (taken.has(`259:${minor}`)) minor += 1
    return `259:${minor++}`
  }
  return {
    controller: mapFact(was.controller, (controller) => known({ ...controller, name: `nvme${number}` })),
    namespaces: was.namespaces.map((namespace) => {
      const name = `nvme${number}n${namespace.nsid}`
      const partitions = namespace.partitions.map((part) => ({ ...part, name: `${name}p${part.number}` }))
      return {
        ...namespace,
        name,
        majmin: majmin(),
        partitions: partitions.map((part) => ({ ...part, majmin: majmin() })),
      }
    }),
  }
}

/** Kernel names and device numbers that a drive has while it is on nvme. */
function labels({ controller, namespaces }: KernelSide): string[] {
  const blocks = namespaces.flatMap((namespace) => [namespace, ...namespace.partitions])
  return [
    ...(controller.state === 'known' ? [controller.value.name] : []),
    ...blocks.flatMap(({ name, majmin }) => [name, majmin]),
  ]
}

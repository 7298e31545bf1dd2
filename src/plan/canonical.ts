import { known, mapFact } from '../probe/fact.ts'
import type { HostFacts, Namespace } from '../probe/facts.ts'
import { byPlace } from '../probe/parse-config.ts'

/**
 * The same facts with every list in one order, so that a plan does not depend on how a host lists things. Mounts keep
 * theirs: later ones lie on earlier ones.
 */
export function canonical(facts: HostFacts): HostFacts {
  return {
    ...facts,
    drives: sorted(facts.drives, 'bdf').map((drive) => ({
      ...drive,
      namespaces: sorted(drive.namespaces, 'nsid').map(canonicalNamespace),
    })),
    functions: sorted(facts.functions, 'bdf'),
    blockDevices: sorted(facts.blockDevices, 'name').map((device) => ({
      ...device,
      slaves: device.slaves.toSorted(),
      holders: device.holders.toSorted(),
    })),
    numaNodes: sorted(facts.numaNodes, 'id'),
    hugepages: mapFact(facts.hugepages, (pools) => known(sorted(sorted(pools, 'sizeKiB'), 'node'))),
    swaps: mapFact(facts.swaps, (swaps) => known(sorted(swaps, 'path'))),
    unfinished: mapFact(facts.unfinished, (runs) => known(sorted(runs, 'run'))),
    otherMounts: mapFact(facts.otherMounts, (mounts) => known(byText(mounts))),
    openFiles: mapFact(facts.openFiles, (files) => known(byText(files))),
    exports: mapFact(facts.exports, (exports) => known(byText(exports))),
    configLines: mapFact(facts.configLines, (lines) => known(lines.toSorted(byPlace))),
    btrfsMembers: mapFact(facts.btrfsMembers, (members) => known(members.toSorted())),
  }
}

function canonicalNamespace(namespace: Namespace): Namespace {
  const partitions = sorted(namespace.partitions, 'number').map(canonicalBlock)
  return { ...canonicalBlock(namespace), partitions }
}

function canonicalBlock<B extends Pick<Namespace, 'holders' | 'signatures'>>(block: B): B {
  const signatures = mapFact(block.signatures, (found) => known(sorted(sorted(found, 'offset'), 'type')))
  return { ...block, holders: block.holders.toSorted(), signatures }
}

/** Strings by code unit, numbers by value, null first. */
function sorted<K extends string, T extends Record<K, string | number | null>>(list: T[], key: K): T[] {
  return list.toSorted((a, b) => compare(a[key], b[key]))
}

/** By process, where there is one, and then by all that they say. */
function byText<T extends object>(list: T[]): T[] {
  const keyed = list.map((one) => ({
    one,
    pid: 'pid' in one && typeof one.pid === 'number' ? one.pid : 0,
    text: JSON.stringify(one),
  }))
  return sorted(sorted(keyed, 'text'), 'pid').map(({ one }) => one)
}

function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0
  if (a === null) return -1
  return b === null || a > b ? 1 : -1
}

import fc from 'fast-check'
import { known } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'

/** The same facts, every list whose order says nothing in another order. That of mounts says what lies on top. */
export function shuffled(facts: HostFacts): fc.Arbitrary<HostFacts> {
  return fc.infiniteStream(fc.nat()).map((numbers) => {
    const mix = <T>(list: readonly T[]): T[] =>
      list
        .map((item) => ({ item, place: Number(numbers.next().value) }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item)
    const mixed = (fact: HostFacts['hugepages']) => (fact.state === 'known' ? known(mix(fact.value)) : fact)
    return {
      ...facts,
      drives: mix(facts.drives).map((drive) => ({
        ...drive,
        namespaces: mix(drive.namespaces).map((one) => ({ ...one, partitions: mix(one.partitions) })),
      })),
      functions: mix(facts.functions),
      blockDevices: mix(facts.blockDevices),
      numaNodes: mix(facts.numaNodes),
      hugepages: mixed(facts.hugepages),
      swaps: facts.swaps.state === 'known' ? known(mix(facts.swaps.value)) : facts.swaps,
      configLines:
        facts.configLines.state === 'known' ? known(mix(facts.configLines.value)) : facts.configLines,
      modules: Object.fromEntries(mix(Object.entries(facts.modules))) as HostFacts['modules'],
    }
  })
}

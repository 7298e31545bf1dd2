import { absent, known } from '../../probe/fact.ts'
import type { BlockDevice, HostFacts, TakenLayer } from '../../probe/facts.ts'
import { blockByRef } from '../block-ref.ts'
import { withHolders } from '../facts-update.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'
import { layerArgs, layerWords } from './close.ts'

export const openRule: StepRule<ActionOf<'open'>> = {
  kind: 'open',
  plan: (need) => need.stack.open.map((layer) => ({ kind: 'open', layer })),
  target: ({ layer }) => layer.name,
  summary: ({ layer }) => `open ${layerWords(layer)} again`,
  args: ({ layer }) => layerArgs(layer),
  predict: (facts, { layer }) => withLayer(facts, layer),
  undo: ({ layer }) => [{ kind: 'close', layer }],
}

function withLayer(facts: HostFacts, layer: TakenLayer): HostFacts {
  const under = layer.on.flatMap((ref) => blockByRef(facts, ref)?.name ?? [])
  // What it lies on must be there, and it may have opened by itself.
  if (under.length < layer.on.length || blockByRef(facts, layer.ref) !== undefined) return facts
  const device = newDevice(layer, under, facts)
  const parts = newPartitions(layer, device, facts)
  const blockDevices = [...facts.blockDevices, device, ...parts].sort((a, b) => (a.name < b.name ? -1 : 1))
  return withHolders({ ...facts, blockDevices }, (holders, name) =>
    under.includes(name) ? [...holders, device.name].sort() : holders,
  )
}

/** The kernel takes the lowest number that is free; mdadm and udev keep the name of an array if they can. */
function newDevice(layer: TakenLayer, under: string[], facts: HostFacts): BlockDevice {
  const names = new Set(facts.blockDevices.map(({ name }) => name))
  const numbers = new Set(facts.blockDevices.map(({ majmin }) => majmin))
  const common = { sizeBytes: layer.sizeBytes, slaves: under.toSorted(), holders: [] }
  if (layer.kind !== 'md') {
    let minor = 0
    while (names.has(`dm-${minor}`) || numbers.has(`253:${minor}`)) minor += 1
    return {
      ...common,
      name: `dm-${minor}`,
      majmin: `253:${minor}`,
      dmName: known(layer.name),
      dmUuid: known(layer.ref.slice('dm/'.length)),
      raid: absent,
    }
  }
  let minor = Number(/^md(\d+)$/.exec(layer.name)?.[1] ?? 127)
  while (numbers.has(`9:${minor}`)) minor += 1
  const raid = { level: layer.level, metadata: layer.metadata, state: 'clean', degraded: 0 }
  return {
    ...common,
    name: names.has(layer.name) ? `md${minor}` : layer.name,
    majmin: `9:${minor}`,
    dmName: absent,
    dmUuid: absent,
    raid: known(raid),
  }
}

/** Partitions of an array have numbers of the major 259, as those of NVMe drives. */
function newPartitions(layer: TakenLayer, { name }: BlockDevice, facts: HostFacts): BlockDevice[] {
  if (layer.kind !== 'md') return []
  const onDrives = facts.drives.flatMap(({ namespaces }) =>
    namespaces.flatMap((one) => [one, ...one.partitions]),
  )
  const taken = new Set([...onDrives, ...facts.blockDevices].map(({ majmin }) => majmin))
  let minor = 0
  return layer.partitions.map(({ number, sizeBytes }) => {
    while (taken.has(`259:${minor}`)) minor += 1
    return {
      name: `${name}${/\d$/.test(name) ? 'p' : ''}${number}`,
      majmin: `259:${minor++}`,
      sizeBytes,
      slaves: [name],
      holders: [],
      dmName: absent,
      dmUuid: absent,
      raid: absent,
    }
  })
}

import type { HostFacts, TakenLayer } from '../../probe/facts.ts'
import { blockByRef, refsOf } from '../block-ref.ts'
import { withHolders } from '../facts-update.ts'
import { layerOf } from '../stack-moves.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const closeRule: StepRule<ActionOf<'close'>> = {
  kind: 'close',
  plan: (need) => need.stack.close.toReversed().map((layer) => ({ kind: 'close', layer })),
  target: ({ layer }) => layer.name,
  summary: ({ layer }) => `close ${layerWords(layer)}`,
  args: ({ layer }) => layerArgs(layer),
  predict: (facts, { layer }) => without(facts, layer),
  undo: ({ layer }) => [{ kind: 'open', layer }],
}

/** `LVM volume vg/data on 0000:5e:00.0 and 0000:5f:00.0`. */
export function layerWords(layer: TakenLayer): string {
  const on = `on ${layer.drives.join(' and ')}`
  switch (layer.kind) {
    case 'lvm':
      return `LVM volume ${layer.group}/${layer.volume} ${on}`
    case 'luks':
      return `LUKS container ${layer.name} ${on} (key file ${layer.keyFile})`
    case 'md':
      return `${layer.level} array ${layer.name} ${on}`
  }
}

/** KIND REF NAME BYTES, two words that the kind needs, and what it lies on. */
export function layerArgs(layer: TakenLayer): string[] {
  const { kind, ref, name, sizeBytes, on } = layer
  return [kind, ref, name, String(sizeBytes), ...ownWords(layer), ...on]
}

function ownWords(layer: TakenLayer): [string, string] {
  switch (layer.kind) {
    case 'lvm':
      return [layer.group, layer.volume]
    case 'luks':
      return [layer.keyFile, layer.flags.join(' ')]
    case 'md':
      return [
        `${layer.level} ${layer.metadata}`,
        layer.partitions.map(({ number, sizeBytes }) => `${number}:${sizeBytes}`).join(' '),
      ]
  }
}

/** The partitions of an array go with it. */
function without(facts: HostFacts, { ref }: TakenLayer): HostFacts {
  const found = blockByRef(facts, ref)
  if (found === undefined) return facts
  const { name } = found
  const refs = refsOf(facts)
  const goes = (device: string) => layerOf(refs.get(device)?.[0] ?? '') === ref
  const blockDevices = facts.blockDevices.filter((device) => !goes(device.name))
  return withHolders({ ...facts, blockDevices }, (holders) => holders.filter((holder) => holder !== name))
}

import { known, mapFact } from '../../probe/fact.ts'
import type { Swap } from '../../probe/facts.ts'
import { blockAt } from '../facts-update.ts'
import { placeArgs, placeName } from '../place-name.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const swapoffRule: StepRule<ActionOf<'swapoff'>> = {
  kind: 'swapoff',
  plan: (need) => [
    ...need.moves.flatMap((move) =>
      move.direction === 'hand_over'
        ? move.swaps.map((swap) => ({ kind: 'swapoff' as const, bdf: move.drive.bdf, ...swap }))
        : [],
    ),
    ...need.stack.swapoff.map((swap) => ({ kind: 'swapoff' as const, ...swap })),
  ],
  target: placeName,
  summary: (action) => `stop swapping on ${placeName(action)}`,
  args: (action) => [...placeArgs(action), String(action.priority)],
  predict: (facts, action) => {
    const block = blockAt(facts, action)
    if (block === undefined) return facts
    const stays = (swap: Swap) => swap.majmin !== block.majmin && swap.path !== `/dev/${block.name}`
    return { ...facts, swaps: mapFact(facts.swaps, (swaps) => known(swaps.filter(stays))) }
  },
  undo: (action) => [{ ...action, kind: 'swapon' }],
}

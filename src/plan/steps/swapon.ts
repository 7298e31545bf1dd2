import { known, mapFact } from '../../probe/fact.ts'
import { blockAt } from '../facts-update.ts'
import { placeArgs, placeName } from '../place-name.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const swaponRule: StepRule<ActionOf<'swapon'>> = {
  kind: 'swapon',
  plan: (need) => [
    ...need.moves.flatMap((move) =>
      move.direction === 'give_back'
        ? move.swaps.map((swap) => ({
            kind: 'swapon' as const,
            bdf: move.drive.bdf,
            ...swap,
          }))
        : [],
    ),
    ...need.stack.swapon.map((swap) => ({ kind: 'swapon' as const, ...swap })),
  ],
  target: placeName,
  summary: (action) => `swap on ${placeName(action)} again`,
  args: (action) => [...placeArgs(action), String(action.priority)],
  predict: (facts, action) => {
    const block = blockAt(facts, action)
    if (block === undefined) return facts
    const swap = {
      path: `/dev/${block.name}`,
      type: 'partition',
      majmin: block.majmin,
      priority: action.priority,
    }
    return { ...facts, swaps: mapFact(facts.swaps, (swaps) => known([...swaps, swap])) }
  },
  undo: (action) => [{ ...action, kind: 'swapoff' }],
}

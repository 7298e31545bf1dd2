import { known, mapFact } from '../../probe/fact.ts'
import { blockAt } from '../facts-update.ts'
import { placeArgs, placeName } from '../place-name.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const mountRule: StepRule<ActionOf<'mount'>> = {
  kind: 'mount',
  plan: (need) =>
    need.moves.flatMap((move) =>
      move.direction === 'give_back'
        ? (move.record?.mounts ?? []).map((mount) => ({
            kind: 'mount' as const,
            bdf: move.drive.bdf,
            ...mount,
          }))
        : [],
    ),
  target: (action) => action.target,
  summary: (action) => `mount ${placeName(action)} at ${action.target} again (${action.fstype})`,
  args: (action) => [...placeArgs(action), action.target, action.fstype, action.options, action.root],
  predict: (facts, action) => {
    const block = blockAt(facts, action)
    if (block === undefined) return facts
    const { target, fstype, options, root } = action
    const mount = { majmin: block.majmin, root, target, fstype, source: `/dev/${block.name}`, options }
    return { ...facts, mounts: mapFact(facts.mounts, (mounts) => known([...mounts, mount])) }
  },
  undo: (action) => [{ ...action, kind: 'umount' }],
}

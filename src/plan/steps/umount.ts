import { known, mapFact } from '../../probe/fact.ts'
import type { DriveMove } from '../need.ts'
import { placeArgs, placeName } from '../place-name.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const umountRule: StepRule<ActionOf<'umount'>> = {
  kind: 'umount',
  // Deepest first: a later line of mountinfo may lie on an earlier one, never the other way round.
  plan: (need) =>
    [...need.moves.flatMap(directMounts), ...need.stack.umount]
      .sort((a, b) => b.line - a.line)
      .map(({ mount }) => ({ kind: 'umount', ...mount })),
  target: (action) => action.target,
  summary: (action) => `unmount ${action.target} (${action.fstype} on ${placeName(action)})`,
  args: (action) => [...placeArgs(action), action.target, action.fstype, action.options, action.root],
  predict: (facts, action) => ({
    ...facts,
    mounts: mapFact(facts.mounts, (mounts) => {
      const last = mounts.findLastIndex((mount) => mount.target === action.target)
      return known(mounts.filter((_, line) => line !== last))
    }),
    otherMounts: mapFact(facts.otherMounts, (mounts) =>
      known(mounts.filter(({ goesWith }) => goesWith !== action.target)),
    ),
  }),
  undo: (action) => [{ ...action, kind: 'mount' }],
}

function directMounts(move: DriveMove) {
  if (move.direction !== 'hand_over') return []
  return move.mounts.map(({ line, mount }) => ({ line, mount: { bdf: move.drive.bdf, ...mount } }))
}

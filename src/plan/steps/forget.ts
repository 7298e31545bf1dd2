import { absent } from '../../probe/fact.ts'
import { withDrive } from '../facts-update.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const forgetRule: StepRule<ActionOf<'forget'>> = {
  kind: 'forget',
  plan: (need) =>
    need.moves.flatMap((move) =>
      move.direction === 'give_back' && move.record !== null && !move.owed
        ? [{ kind: 'forget' as const, bdf: move.drive.bdf, record: move.record }]
        : [],
    ),
  target: (action) => action.bdf,
  summary: (action) => `remove the host's record of ${action.bdf}`,
  args: (action) => [action.bdf, JSON.stringify(action.record)],
  predict: (facts, action) => withDrive(facts, action.bdf, (drive) => ({ ...drive, record: absent })),
  undo: (action) => [{ ...action, kind: 'record', previous: null }],
}

import { known } from '../../probe/fact.ts'
import { withDrive } from '../facts-update.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const recordRule: StepRule<ActionOf<'record'>> = {
  kind: 'record',
  // Off the nvme driver the drive cannot be asked, so the record made when it left is kept.
  plan: (need) =>
    need.moves.flatMap((move) =>
      move.direction === 'hand_over' && move.record !== move.previous
        ? [{ kind: 'record' as const, bdf: move.drive.bdf, record: move.record, previous: move.previous }]
        : [],
    ),
  target: (action) => action.bdf,
  summary: (action) => `record on the host where ${action.bdf} comes from`,
  args: (action) => [action.bdf, JSON.stringify(action.record), action.previous === null ? 'new' : 'replace'],
  predict: (facts, action) =>
    withDrive(facts, action.bdf, (drive) => ({ ...drive, record: known(action.record) })),
  undo: ({ bdf, record, previous }) =>
    previous === null
      ? [{ kind: 'forget', bdf, record }]
      : [{ kind: 'record', bdf, record: previous, previous: record }],
}

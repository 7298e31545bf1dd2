import { known } from '../../probe/fact.ts'
import { withDrive } from '../facts-update.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const recordRule: StepRule<ActionOf<'record'>> = {
  kind: 'record',
  // A drive that provision handed over before keeps its first record: only that one knows where it came from.
  plan: (need) =>
    need.moves.flatMap((move) =>
      move.direction === 'hand_over' && move.drive.record.state === 'absent'
        ? [{ kind: 'record' as const, bdf: move.drive.bdf, record: move.record }]
        : [],
    ),
  target: (action) => action.bdf,
  summary: (action) => `record on the host where ${action.bdf} comes from`,
  args: (action) => [action.bdf, JSON.stringify(action.record)],
  predict: (facts, action) =>
    withDrive(facts, action.bdf, (drive) => ({ ...drive, record: known(action.record) })),
  undo: (action) => [{ ...action, kind: 'forget' }],
}

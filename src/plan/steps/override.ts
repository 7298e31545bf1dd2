import { absent, known, seen } from '../../probe/fact.ts'
import { withDrive } from '../facts-update.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const overrideRule: StepRule<ActionOf<'override'>> = {
  kind: 'override',
  // Left set while the drive is SPDK's, so that a rescan does not give it to the kernel; cleared on the way back.
  plan: (need) =>
    need.moves.flatMap((move) => {
      const from = seen(move.drive.driverOverride)
      const to = move.direction === 'hand_over' ? move.driver : null
      return from === to ? [] : [{ kind: 'override' as const, bdf: move.drive.bdf, from, to }]
    }),
  target: (action) => action.bdf,
  summary: (action) =>
    action.to === null
      ? `clear the driver override of ${action.bdf}`
      : `let only ${action.to} take ${action.bdf} (driver_override)`,
  args: (action) => [action.bdf, action.from ?? '', action.to ?? ''],
  predict: (facts, action) =>
    withDrive(facts, action.bdf, (drive) => ({
      ...drive,
      driverOverride: action.to === null ? absent : known(action.to),
    })),
  undo: (action) => [{ ...action, from: action.to, to: action.from }],
}

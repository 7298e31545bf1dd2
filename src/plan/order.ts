import type { DriveMove, Need } from './need.ts'
import type { StepAction, StepKind } from './step.ts'
import { ruleOf } from './steps/index.ts'

/** First the host: if memory is short the drives must still be where they were. Then everything off the drives. */
const before: StepKind[] = ['module', 'hugepages', 'swapoff', 'umount', 'close']
/** Then one drive after the other, so that each is without a driver for as short as can be. */
const eachDrive: StepKind[] = ['record', 'override', 'unbind', 'bind', 'settle']
/** Then what needs the drives in place. A record goes last: until all is restored it is still needed. */
const after: StepKind[] = ['open', 'mount', 'swapon', 'owner', 'forget']

/** All actions that a need asks for, in the one order in which they are safe. */
export function orderedActions(need: Need): StepAction[] {
  const planned = (kinds: StepKind[], of: Need) => kinds.flatMap((kind) => ruleOf(kind).plan(of))
  const alone = (move: DriveMove): Need => ({ ...need, moves: [move] })
  return [
    ...planned(before, need),
    ...planned(['owner'], { ...need, owners: need.disowned }),
    ...need.moves.flatMap((move) => planned(eachDrive, alone(move))),
    ...planned(after, need),
  ]
}

import { isDeepStrictEqual } from 'node:util'
import { blockAt } from '../plan/facts-update.ts'
import type { StepAction } from '../plan/step.ts'
import { predict } from '../plan/steps/index.ts'
import { seen } from '../probe/fact.ts'
import type { HandOver, HostFacts } from '../probe/facts.ts'

/**
 * The simulated kernel: it does what the planner predicts, and nothing else. So a plan that comes out wrong here is
 * wrong in its prediction, and the lab is what compares the prediction with a real kernel.
 */
export function act(facts: HostFacts, action: StepAction, hardware: HostFacts): HostFacts {
  return predict(facts, [completed(action, hardware)])
}

/** Whether there is nothing to do: what the check of a step on the host looks for. */
export function alreadySo(facts: HostFacts, action: StepAction): boolean {
  switch (action.kind) {
    case 'mount': {
      const block = blockAt(facts, action)
      const onTop = (seen(facts.mounts) ?? []).findLast(({ target }) => target === action.target)
      return block !== undefined && onTop?.majmin === block.majmin && onTop.root === action.root
    }
    case 'swapon': {
      const block = blockAt(facts, action)
      return (seen(facts.swaps) ?? []).some(({ majmin }) => block !== undefined && majmin === block.majmin)
    }
    case 'bind': {
      const drive = facts.drives.find(({ bdf }) => bdf === action.bdf)
      return drive !== undefined && seen(drive.driver) === action.driver
    }
    default:
      return isDeepStrictEqual(predict(facts, [action]), facts)
  }
}

/** A drive that comes back without a record is still the drive that is in the slot. */
function completed(action: StepAction, hardware: HostFacts): StepAction {
  if (action.kind !== 'bind' || action.record !== null) return action
  const drive = hardware.drives.find(({ bdf }) => bdf === action.bdf)
  if (drive === undefined || seen(drive.driver) !== 'nvme') return action
  const { record: _none, ...seenBefore } = drive
  const record: HandOver = {
    format: 1,
    run: '',
    at: '',
    from: 'nvme',
    drive: seenBefore,
    mounts: [],
    swaps: [],
  }
  return { ...action, record }
}

import type { HandOver } from '../../probe/facts.ts'
import { changesDriver } from '../need.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const settleRule: StepRule<ActionOf<'settle'>> = {
  kind: 'settle',
  plan: (need) =>
    need.moves.filter(changesDriver).flatMap((move) => settleFor(move.drive.bdf, move.driver, move.record)),
  target: (action) => action.bdf,
  summary: (action) => {
    const { length } = action.namespaces
    if (length === 0) return `wait for the controller of ${action.bdf} to be live`
    return `wait for ${length} namespace${length === 1 ? '' : 's'} of ${action.bdf}`
  },
  args: (action) => [action.bdf, ...action.namespaces.map((n) => `${n.nsid}:${n.sizeBytes}`)],
  predict: (facts) => facts,
  undo: () => [],
}

/** A drive's namespaces appear some time after the bind has returned; only then is it back. */
export function settleFor(bdf: string, driver: string, record: HandOver | null): ActionOf<'settle'>[] {
  if (driver !== 'nvme') return []
  const namespaces = record?.drive.namespaces ?? []
  return [{ kind: 'settle', bdf, namespaces: namespaces.map(({ nsid, sizeBytes }) => ({ nsid, sizeBytes })) }]
}

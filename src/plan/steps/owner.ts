import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const ownerRule: StepRule<ActionOf<'owner'>> = {
  kind: 'owner',
  plan: (need) => need.owners.map((change) => ({ kind: 'owner', ...change })),
  target: (action) => `/dev/vfio/${action.group}`,
  summary: (action) => `give /dev/vfio/${action.group} (${action.bdf}) to ${action.to}`,
  args: (action) => [action.bdf, String(action.group), action.from, action.to],
  predict: (facts, action) => ({
    ...facts,
    nodeOwners: { ...facts.nodeOwners, [`/dev/vfio/${action.group}`]: action.to },
  }),
  undo: (action) => [{ ...action, from: action.to, to: action.from }],
}

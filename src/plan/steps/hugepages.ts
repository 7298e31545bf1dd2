import { known, mapFact } from '../../probe/fact.ts'
import { poolName } from '../hugepage-name.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const hugepagesRule: StepRule<ActionOf<'hugepages'>> = {
  kind: 'hugepages',
  // Pools that shrink come first: the memory they free may be what the others need.
  plan: (need) =>
    [...need.pools]
      .sort((a, b) => Number(a.to > a.from) - Number(b.to > b.from))
      .map((pool) => ({ kind: 'hugepages', ...pool })),
  target: poolName,
  summary: (action) => `hugepages ${poolName(action)}: ${action.from} → ${action.to}`,
  args: (action) => [
    String(action.sizeKiB),
    action.node === null ? '' : String(action.node),
    String(action.from),
    String(action.to),
  ],
  predict: (facts, action) => ({
    ...facts,
    hugepages: mapFact(facts.hugepages, (pools) =>
      known(
        pools.map((pool) =>
          pool.sizeKiB === action.sizeKiB && pool.node === action.node
            ? { ...pool, total: action.to, free: pool.free + action.to - pool.total }
            : pool,
        ),
      ),
    ),
  }),
  undo: (action) => [{ ...action, from: action.to, to: action.from }],
}

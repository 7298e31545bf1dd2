import type { HostOutcome } from '../events/events.ts'

/** An outcome as people say it. */
export const outcomeWords: Record<HostOutcome, string> = {
  in_sync: 'in sync',
  changes: 'to change',
  blocked: 'blocked',
  unreachable: 'unreachable',
  applied: 'applied',
  failed: 'failed',
  rolled_back: 'rolled back',
  interrupted: 'interrupted',
  skipped: 'skipped',
  locked: 'locked',
  stale: 'no longer as planned',
}

const well: ReadonlySet<HostOutcome> = new Set(['in_sync', 'changes', 'applied'])

/** Whether somebody has to look at the host. */
export const isTrouble = (outcome: HostOutcome): boolean => !well.has(outcome)

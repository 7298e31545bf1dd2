import { poolName } from '../plan/hugepage-name.ts'
import type { HostPlan } from '../plan/plan.ts'
import type { Page } from './layout/page.ts'
import { printable } from './printable.ts'

/** What changes on the host apart from its drives: kernel modules, hugepages, owners of device nodes. */
export function hostChangeLines(plan: HostPlan, { paint }: Page): string[] {
  const changed = (what: string, from: string, to: string) =>
    `  ${paint.yellow('~')} ${what}  ${from} → ${to}`
  const steps = plan.steps.flatMap(({ action }) => {
    switch (action.kind) {
      case 'module':
        return action.to === 'loaded'
          ? [`  ${paint.green('+')} kernel module ${action.module}`]
          : [`  ${paint.red('-')} kernel module ${action.module}`]
      case 'hugepages':
        return [changed(`hugepages ${poolName(action)}`, String(action.from), String(action.to))]
      case 'owner':
        return [changed(`/dev/vfio/${action.group}`, printable(action.from), printable(action.to))]
      default:
        return []
    }
  })
  return plan.outcome === 'blocked' ? wantedPools(plan, changed) : steps
}

/** A blocked host has no steps; what was meant for its pools is shown all the same. */
function wantedPools(plan: HostPlan, changed: (what: string, from: string, to: string) => string): string[] {
  return plan.hugepages
    .filter(({ current, declared }) => current !== declared)
    .map((pool) => changed(`hugepages ${poolName(pool)}`, String(pool.current), String(pool.declared)))
}

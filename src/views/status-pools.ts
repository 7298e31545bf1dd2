import type { HostPlan } from '../plan/plan.ts'
import { seen } from '../probe/fact.ts'
import type { HostFacts } from '../probe/facts.ts'

/** A hugepage pool beside its declaration. `free` and `declared` are null where there is no such number. */
export interface PoolRow {
  sizeKiB: number
  /** null: the whole host, where a total is declared or the kernel has no NUMA. */
  node: number | null
  current: number
  free: number | null
  declared: number | null
}

/** The pools that are declared or hold pages, and the totals that are declared, by size and node. */
export function poolRows({ hugepages }: HostPlan, facts: HostFacts): PoolRow[] {
  const pools = seen(facts.hugepages) ?? []
  const isPool = (sizeKiB: number, node: number | null) =>
    pools.some((pool) => pool.sizeKiB === sizeKiB && pool.node === node)
  const perPool = pools.map((pool): PoolRow => {
    const target = hugepages.find(({ sizeKiB, node }) => sizeKiB === pool.sizeKiB && node === pool.node)
    const { sizeKiB, node, total, free } = pool
    return { sizeKiB, node, current: total, free, declared: target?.declared ?? null }
  })
  const totals = hugepages
    .filter(({ sizeKiB, node }) => !isPool(sizeKiB, node))
    .map((target): PoolRow => ({ ...target, free: null }))
  const shown = perPool.filter(({ current, declared }) => current > 0 || declared !== null)
  return [...shown, ...totals].sort((a, b) => a.sizeKiB - b.sizeKiB || (a.node ?? -1) - (b.node ?? -1))
}

import type { HugepageDeclaration } from '../config/declaration.ts'
import type { HostFacts, HugepagePool } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import { reason } from '../reasons/registry.ts'
import { pageSizeName, poolName } from './hugepage-name.ts'
import type { PoolChange } from './need.ts'

/** What is declared of one pool, beside what there is. `declared` sums over nodes where a total is declared. */
export interface PoolTarget {
  sizeKiB: number
  node: number | null
  current: number
  declared: number
}

export interface PoolsPlan {
  targets: PoolTarget[]
  changes: PoolChange[]
  reasons: Reason[]
}

/** What has to happen to the hugepage pools. Sizes and nodes that are not declared are left alone. */
export function planPools(declared: HugepageDeclaration[], facts: HostFacts): PoolsPlan {
  if (declared.length === 0) return { targets: [], changes: [], reasons: [] }
  if (facts.hugepages.state !== 'known') {
    const why = facts.hugepages.state === 'unreadable' ? facts.hugepages.why : 'the kernel has none'
    return {
      targets: [],
      changes: [],
      reasons: [reason('FACT_UNREADABLE', { what: 'the hugepage pools', why })],
    }
  }
  return planEach(declared, facts.hugepages.value, facts)
}

/** One declaration after the other, what shrinks first: the memory it frees is there for those that grow. */
function planEach(declared: HugepageDeclaration[], pools: HugepagePool[], facts: HostFacts): PoolsPlan {
  const growth = (one: HugepageDeclaration) => one.count - totalOf(poolsOf(one, pools))
  let now = pools
  const plans = new Map<HugepageDeclaration, PoolsPlan>()
  for (const one of declared.toSorted((a, b) => Number(growth(a) > 0) - Number(growth(b) > 0))) {
    const plan = planOne(one, { now, before: pools, facts })
    plans.set(one, plan)
    now = changed(now, plan.changes)
  }
  const inOrder = declared.flatMap((one) => plans.get(one) ?? [])
  return {
    targets: inOrder.flatMap(({ targets }) => targets),
    changes: inOrder.flatMap(({ changes }) => changes),
    reasons: inOrder.flatMap(({ reasons }) => reasons),
  }
}

function poolsOf(declared: HugepageDeclaration, all: HugepagePool[]): HugepagePool[] {
  return all.filter(({ sizeKiB, node }) => sizeKiB === declared.sizeKiB && isOf(declared.node, node))
}

const totalOf = (pools: HugepagePool[]) => pools.reduce((sum, { total }) => sum + total, 0)

function changed(pools: HugepagePool[], changes: PoolChange[]): HugepagePool[] {
  return pools.map((pool) => {
    const change = changes.find(({ sizeKiB, node }) => sizeKiB === pool.sizeKiB && node === pool.node)
    return change === undefined ? pool : { ...pool, total: change.to }
  })
}

/** The pools before the plan, and as they will be when the declarations before this one are met. */
interface Memory {
  before: HugepagePool[]
  now: HugepagePool[]
  facts: HostFacts
}

function planOne(declared: HugepageDeclaration, memory: Memory): PoolsPlan {
  const pools = poolsOf(declared, memory.now)
  if (pools.length === 0) return { targets: [], changes: [], reasons: [noPool(declared, memory.now)] }

  const current = totalOf(pools)
  const target = { sizeKiB: declared.sizeKiB, node: declared.node, current, declared: declared.count }
  if (current === declared.count) return { targets: [target], changes: [], reasons: [] }

  const used = pools.reduce((sum, { total, free }) => sum + total - free, 0)
  if (declared.count < used) {
    const seen = { pool: poolName(declared), wanted: declared.count, used }
    return { targets: [target], changes: [], reasons: [reason('HUGEPAGES_IN_USE', seen)] }
  }
  const rooms = pools.map((pool) => roomFor(pool, memory))
  const possible = rooms.reduce((sum, { most }) => sum + most, 0)
  if (declared.count > possible) {
    const seen = { pool: poolName(declared), wanted: declared.count, now: current, possible }
    return { targets: [target], changes: [], reasons: [reason('HUGEPAGES_TOO_MANY', seen)] }
  }
  const changes = spread(declared.count, rooms).flatMap(({ pool, to }) =>
    to === pool.total ? [] : [{ sizeKiB: pool.sizeKiB, node: pool.node, from: pool.total, to }],
  )
  return { targets: [target], changes, reasons: [] }
}

/** On a kernel without NUMA the one pool is the host's, and `node0` means it. */
function isOf(declared: number | null, node: number | null): boolean {
  return declared === null || declared === (node ?? 0)
}

function noPool(declared: HugepageDeclaration, all: HugepagePool[]): Reason {
  const pool = poolName(declared)
  const sized = poolsOf({ ...declared, node: null }, all)
  if (sized.length > 0)
    return reason('NUMA_NODE_MISSING', {
      pool,
      nodes: sized.flatMap(({ node }) => (node === null ? [] : [node])),
    })
  const sizes = [...new Set(all.map(({ sizeKiB }) => pageSizeName(sizeKiB)))]
  return reason('HUGEPAGE_SIZE_MISSING', { pool, sizes })
}

/** A pool with the fewest pages it can shrink to, and the most it can grow to: easily (free memory) and at all. */
interface Room {
  pool: HugepagePool
  least: number
  easy: number
  most: number
}

function roomFor(pool: HugepagePool, { before, now, facts }: Memory): Room {
  const least = pool.total - pool.free
  const node = facts.numaNodes.find(({ id }) => id === pool.node)
  if (node === undefined) return { pool, least, easy: Infinity, most: Infinity }
  const others = (pools: HugepagePool[]) =>
    pools
      .filter((other) => other.node === pool.node && other.sizeKiB !== pool.sizeKiB)
      .reduce((sum, { sizeKiB, total }) => sum + sizeKiB * total, 0)
  const free = Math.max(0, node.memFreeKiB + others(before) - others(now))
  return {
    pool,
    least,
    easy: pool.total + Math.floor(free / pool.sizeKiB),
    most: Math.floor((node.memTotalKiB - others(now)) / pool.sizeKiB),
  }
}

/**
 * Shares a total out over the pools, as even as can be: the kernel's own spreading is not exact, and a plan has to
 * say what it will do. Nodes with free memory come first, then what the kernel may still make free.
 */
function spread(total: number, rooms: Room[]): { pool: HugepagePool; to: number }[] {
  const growing = total > rooms.reduce((sum, { pool }) => sum + pool.total, 0)
  const shares = rooms.map((room) => ({ room, to: room.pool.total }))
  let left = total - rooms.reduce((sum, { pool }) => sum + pool.total, 0)
  const bounds = growing
    ? [(r: Room) => Math.min(r.easy, r.most), (r: Room) => r.most]
    : [(r: Room) => r.least]
  for (const bound of bounds) left = level(shares, left, bound)
  return shares.map(({ room, to }) => ({ pool: room.pool, to }))
}

/** Raises the lowest, or lowers the highest, until `left` pages are placed or every pool is at its bound. */
function level(shares: { room: Room; to: number }[], left: number, bound: (room: Room) => number): number {
  const sign = Math.sign(left)
  const open = () => shares.filter(({ room, to }) => sign * (bound(room) - to) > 0)
  for (let pools = open(); left !== 0 && pools.length > 0; pools = open()) {
    pools.sort((a, b) => sign * (a.to - b.to))
    const [first] = pools
    if (first === undefined) break
    const even = pools.filter(({ to }) => to === first.to)
    const next = pools.find(({ to }) => to !== first.to)?.to ?? Infinity
    // A step as large as possible: to the next level, to the nearest bound, or an even share of what is left.
    const limits = even.map(({ room, to }) => Math.abs(bound(room) - to))
    const share = Math.floor(Math.abs(left) / even.length)
    const step = Math.min(Math.abs(next - first.to), ...limits, share)
    for (const pool of step === 0 ? even.slice(0, Math.abs(left)) : even) {
      pool.to += sign * Math.max(step, 1)
      left -= sign * Math.max(step, 1)
    }
  }
  return left
}

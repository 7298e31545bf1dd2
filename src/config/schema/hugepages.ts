import { z } from 'zod'
import type { HugepageDeclaration } from '../declaration.ts'
import { pageSizePattern, parsePageSize, renderPageSize } from '../size.ts'
import { reject } from './scalars.ts'

/** One declared pool and the keys it was written under, e.g. `['2M', 'node0']`. */
export interface HugepageEntry extends HugepageDeclaration {
  keys: string[]
}

const sizeKey = z
  .string()
  .refine((text) => parsePageSize(text) !== null, 'must be a page size such as 2M, 1G or 2048kB')
  .meta({ description: 'A page size.', examples: ['2M', '1G', '2048kB'], pattern: pageSizePattern })

const countSchema = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .meta({ description: 'Number of pages.', examples: [4096] })

const perNode = z
  .record(z.string().regex(/^node(0|[1-9]\d{0,3})$/, 'must be a NUMA node such as node0'), countSchema)
  .refine((nodes) => Object.keys(nodes).length > 0, 'names no NUMA node')
  .meta({ description: 'Number of pages on each NUMA node.', examples: [{ node0: 2048, node1: 2048 }] })

export const hugepagesSchema = z
  .record(sizeKey, z.union([countSchema, perNode]))
  .transform((pools, ctx): HugepageEntry[] => {
    const written = new Map<number, string>()
    for (const key of Object.keys(pools)) {
      const size = parsePageSize(key) ?? 0
      const earlier = written.get(size)
      if (earlier !== undefined) {
        const size2 = renderPageSize(size)
        return reject(
          ctx,
          'HUGEPAGES_TWICE',
          `\`${earlier}\` and \`${key}\` are the same page size`,
          `write ${size2} once`,
        )
      }
      written.set(size, key)
    }
    return Object.entries(pools).flatMap(([key, pool]) => entriesOf(key, pool))
  })
  .meta({
    description:
      'Hugepages to reserve, by page size: a total for the host, or a number for each NUMA node. Sizes not named are not touched.',
    examples: [{ '2M': 4096 }, { '1G': { node0: 8, node1: 8 } }],
  })

function entriesOf(key: string, pool: number | Record<string, number>): HugepageEntry[] {
  const sizeKiB = parsePageSize(key) ?? 0
  if (typeof pool === 'number') return [{ sizeKiB, node: null, count: pool, keys: [key] }]
  return Object.entries(pool).map(([node, count]) => {
    return { sizeKiB, node: Number(node.slice('node'.length)), count, keys: [key, node] }
  })
}

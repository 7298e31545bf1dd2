import type { SimHostSpec } from './sim-host.ts'
import { storageNode } from './storage-node.ts'

/** The fleet of `provision demo`: storage servers, on the first of which someone keeps data where SPDK shall be. */
export function demoHosts(count: number): SimHostSpec[] {
  const digits = Math.max(2, String(count).length)
  return Array.from({ length: count }, (_, at) => {
    const name = `stor-${String(at + 1).padStart(digits, '0')}`
    return { name, facts: storageNode({ name, mounted: at === 0 ? { '0000:5f:00.0': '/data' } : {} }) }
  })
}

/** What the demo's hosts file declares at first. */
export const demoDeclared = `hugepages: { 2M: { node0: 1024, node1: 1024 } }
devices:
  spdk:
    - "0000:5e:00.0"
    - "0000:5f:00.0"
in_use: refuse
`

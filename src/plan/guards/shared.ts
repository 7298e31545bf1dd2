import { type Fact, seen } from '../../probe/fact.ts'
import type { Drive, Namespace } from '../../probe/facts.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveGuard, leavesKernel } from '../drive-case.ts'

/**
 * Two controllers may reach the same namespace (dual ports, multipath). What uses it through the other path shows
 * there only, and SPDK would write under it.
 */
export const sharedGuard: DriveGuard = (one) => {
  if (!leavesKernel(one)) return []
  const { drive, facts } = one
  const others = facts.drives.filter((other) => other.bdf !== drive.bdf && shares(drive, other))
  return others.length === 0
    ? []
    : [reason('DEVICE_MULTIPATH', { bdf: drive.bdf, others: others.map(({ bdf }) => bdf) })]
}

function shares(a: Drive, b: Drive): boolean {
  return a.namespaces.some((mine) => b.namespaces.some((other) => same(mine, other)))
}

/** One block device for both under native multipath; otherwise the ids that a namespace has wherever it is seen. */
function same(a: Namespace, b: Namespace): boolean {
  const ids = [[a.nguid, b.nguid] as const, [a.eui, b.eui] as const, [a.uuid, b.uuid] as const]
  return (
    a.majmin === b.majmin || ids.some(([mine, other]) => idOf(mine) !== null && idOf(mine) === idOf(other))
  )
}

/** Drives without an id of their own show zeros. */
function idOf(fact: Fact<string>): string | null {
  const id = seen(fact)
  return id !== null && /[1-9a-f]/i.test(id) ? id.toLowerCase() : null
}

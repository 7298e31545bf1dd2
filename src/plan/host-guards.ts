import type { HostDeclaration } from '../config/declaration.ts'
import type { HostFacts } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import { reason } from '../reasons/registry.ts'
import { hugepageWriters } from './host-config/hugepage-writers.ts'
import { isIdOf, vfioIds } from './host-config/modprobe.ts'
import type { Selection } from './select.ts'
import { systemTrace } from './system.ts'
import { unfinishedReasons } from './unfinished.ts'

/** A host before its guards. */
export interface HostCase {
  declaration: HostDeclaration
  facts: HostFacts
  selections: readonly Selection[]
}

/** Decides, from facts alone, whether something stands against what is declared for a host as a whole. */
export type HostGuard = (host: HostCase) => Reason[]

/** Whoever is to take all drives of a model, at a host with such drives of which one is declared. */
const vfioIdsGuard: HostGuard = ({ declaration, facts, selections }) => {
  if (selections.length === 0) return []
  const system = new Set(systemTrace(facts).uses.map(({ bdf }) => bdf))
  const forKernel = selections.filter(({ want }) => want === 'kernel').map(({ bdf }) => bdf)
  return vfioIds(facts).flatMap(({ said, ids }) => {
    const fitting = ids.filter((id) => facts.drives.some((drive) => isIdOf(id, drive)))
    const drives = facts.drives.filter((drive) => ids.some((id) => isIdOf(id, drive))).map(({ bdf }) => bdf)
    if (drives.length === 0) return []
    return [
      reason('RIVAL_VFIO_IDS', {
        said,
        ids: fitting.join(', '),
        drives,
        kernel: drives.filter((bdf) => forKernel.includes(bdf)),
        system: drives.filter((bdf) => system.has(bdf)),
        persist: declaration.persist,
      }),
    ]
  })
}

const hugepagesGuard: HostGuard = ({ declaration, facts }) => {
  const writers = declaration.hugepages.length === 0 ? [] : hugepageWriters(facts)
  return writers.length === 0 ? [] : [reason('RIVAL_HUGEPAGES', { writers })]
}

/** Signatures, and who uses what, only root can read. */
const rootGuard: HostGuard = ({ facts: { uid } }) => (uid === 0 ? [] : [reason('NOT_ROOT', { uid })])

const unfinishedGuard: HostGuard = ({ declaration, facts }) => unfinishedReasons(declaration.name, facts)

const persistGuard: HostGuard = ({ declaration: { persist, devices } }) =>
  persist && devices.spdk.length + devices.kernel.length > 0 ? [reason('PERSIST_UNSUPPORTED', {})] : []

/** Every guard of a host, in the order in which its reasons are told. */
export const hostGuards: Record<string, HostGuard> = {
  root: rootGuard,
  unfinished: unfinishedGuard,
  persist: persistGuard,
  vfioIds: vfioIdsGuard,
  hugepages: hugepagesGuard,
}

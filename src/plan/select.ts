import picomatch from 'picomatch'
import type { DeviceClaim, DriveMatch, HostDeclaration } from '../config/declaration.ts'
import { seen } from '../probe/fact.ts'
import type { Drive, HostFacts } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import { reason } from '../reasons/registry.ts'
import { capacityOf, identityOf } from './identity.ts'
import { systemTrace } from './system.ts'
import { usesOf } from './uses.ts'

/** A drive that the declaration names, and where it shall be. `drive` is null when no NVMe drive is at the address. */
export interface Selection {
  bdf: string
  want: 'spdk' | 'kernel'
  serial: string | null
  drive: Drive | null
}

/** Which drives of this host the declaration names: first those by address, then those that match. Sorted by BDF. */
export function selectDrives(
  declaration: HostDeclaration,
  facts: HostFacts,
): { selections: Selection[]; reasons: Reason[] } {
  const { spdk, kernel } = declaration.devices
  const selections = [...byAddress(spdk, 'spdk', facts), ...byAddress(kernel, 'kernel', facts)]
  const reasons: Reason[] = []
  const named = new Set(selections.map(({ bdf }) => bdf))
  const system = new Set(systemDrives(facts))
  for (const [want, claims] of [['spdk', spdk] as const, ['kernel', kernel] as const]) {
    for (const claim of claims) {
      if (claim.by !== 'match') continue
      // A drive the system runs from may well match for the kernel: it is there already.
      const off = new Set([...named, ...(want === 'spdk' ? system : [])])
      const taken = matching(claim.match, want, facts, off)
      for (const drive of taken) {
        selections.push({ bdf: drive.bdf, want, serial: null, drive })
        named.add(drive.bdf)
      }
      const { count } = claim.match
      if (count !== null && taken.length < count)
        reasons.push(
          reason('MATCH_TOO_FEW', {
            wanted: count,
            found: taken.map(({ bdf }) => bdf),
            match: matchText(claim.match),
          }),
        )
    }
  }
  return { selections: selections.sort((a, b) => (a.bdf < b.bdf ? -1 : 1)), reasons }
}

function byAddress(claims: DeviceClaim[], want: 'spdk' | 'kernel', facts: HostFacts): Selection[] {
  return claims.flatMap((claim) => {
    if (claim.by !== 'bdf') return []
    const drive = facts.drives.find(({ bdf }) => bdf === claim.bdf) ?? null
    return [{ bdf: claim.bdf, want, serial: claim.serial, drive }]
  })
}

/** Drives that `match` never selects: under the system's mounts, its swap, or the image it resumes from. */
function systemDrives(facts: HostFacts): string[] {
  const swapping = facts.drives.filter((drive) => usesOf(drive, facts).some(({ kind }) => kind === 'swap'))
  return [...systemTrace(facts).uses.map(({ bdf }) => bdf), ...swapping.map(({ bdf }) => bdf)]
}

function matching(
  match: DriveMatch,
  want: 'spdk' | 'kernel',
  facts: HostFacts,
  off: ReadonlySet<string>,
): Drive[] {
  const fits = facts.drives.filter((drive) => !off.has(drive.bdf) && matches(match, drive))
  // What is already where it shall be is taken first, so that a second plan selects the same drives.
  const away = (drive: Drive) => Number((drive.record.state === 'known') !== (want === 'spdk'))
  const ordered = fits.sort((a, b) => away(a) - away(b) || (a.bdf < b.bdf ? -1 : 1))
  return match.count === null ? ordered : ordered.slice(0, match.count)
}

function matches(match: DriveMatch, drive: Drive): boolean {
  const identity = identityOf(drive)
  const size = capacityOf(drive)
  if (
    match.model !== null &&
    !(identity.by !== 'nothing' && picomatch.isMatch(identity.model, match.model, globOptions))
  )
    return false
  if (
    match.serial !== null &&
    !(identity.by !== 'nothing' && picomatch.isMatch(identity.serial, match.serial, globOptions))
  )
    return false
  if (match.numa !== null && seen(drive.numaNode) !== match.numa) return false
  if (match.minSizeBytes !== null && !(size !== null && size >= match.minSizeBytes)) return false
  if (match.maxSizeBytes !== null && !(size !== null && size <= match.maxSizeBytes)) return false
  return true
}

/** A model may hold slashes and brackets; only `*` and `?` are meant. */
const globOptions = { bash: true, dot: true, noextglob: true, nobrace: true, nonegate: true, nobracket: true }

function matchText(match: DriveMatch): string {
  const parts = [
    match.model === null ? [] : [`model: ${match.model}`],
    match.serial === null ? [] : [`serial: ${match.serial}`],
    match.numa === null ? [] : [`numa: ${match.numa}`],
    match.minSizeBytes === null ? [] : [`min_size: ${match.minSizeBytes}`],
    match.maxSizeBytes === null ? [] : [`max_size: ${match.maxSizeBytes}`],
  ]
  return `{ ${parts.flat().join(', ')} }`
}

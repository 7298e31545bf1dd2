import type { HostDeclaration } from '../config/declaration.ts'
import { seen } from '../probe/fact.ts'
import type { Drive, HostFacts } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import { reason } from '../reasons/registry.ts'
import type { DriveCase } from './drive-case.ts'
import { identityOf } from './identity.ts'
import type { DriveMove, OwnerChange } from './need.ts'

/** Who shall own /dev/vfio/<group> of the drives that go to SPDK. */
export function planOwners(
  declaration: HostDeclaration,
  drives: DriveCase[],
  facts: HostFacts,
): { changes: OwnerChange[]; reasons: Reason[] } {
  const { owner } = declaration
  const mine = drives.filter(
    ({ want, drive, serial }) => want === 'spdk' && isSure(drive, serial, declaration),
  )
  if (owner === null || mine.length === 0) return { changes: [], reasons: [] }
  const declared = owner.group === null ? owner.user : `${owner.user}:${owner.group}`
  const account = facts.users[owner.user]
  if (account?.state !== 'known') {
    const why =
      account?.state === 'unreadable'
        ? `the users of the host could not be read (${account.why})`
        : `the host has no user ${owner.user}`
    return { changes: [], reasons: [reason('OWNER_UNKNOWN', { owner: declared, why })] }
  }
  const to = `${owner.user}:${owner.group ?? account.value.split(':')[1] ?? owner.user}`
  const reasons: Reason[] = []
  const changes: OwnerChange[] = []
  for (const { drive, target } of mine) {
    const group = seen(drive.iommuGroup)
    if (target !== 'vfio-pci' || group === null) {
      reasons.push(reason('OWNER_NEEDS_VFIO', { bdf: drive.bdf, driver: target, owner: declared }))
      continue
    }
    // The kernel makes the node with the first bind, for root.
    const from = facts.nodeOwners[`/dev/vfio/${group}`] ?? 'root:root'
    if (from !== to && !changes.some((change) => change.group === group))
      changes.push({ bdf: drive.bdf, group, from, to })
  }
  return { changes, reasons }
}

/** A drive that may be another than the one declared, or that nobody named, is left as it is. */
function isSure(drive: Drive, serial: string | null, { devices }: HostDeclaration): boolean {
  const named = devices.spdk.some((claim) => claim.by === 'bdf' && claim.bdf === drive.bdf)
  return (named && serial === null) || identityOf(drive).by !== 'nothing'
}

/**
 * Nodes that go with the moves: /dev/vfio/<group> vanishes with the last member on vfio-pci. It is given back to root
 * first, so that taking the moves back gives it to its owner again.
 */
export function disowned(moves: DriveMove[], facts: HostFacts): OwnerChange[] {
  const leaving = moves.filter((move) => move.driver !== 'vfio-pci' && seen(move.drive.driver) === 'vfio-pci')
  const left = new Set(leaving.map(({ drive }) => drive.bdf))
  return leaving.flatMap(({ drive: { bdf, iommuGroup } }) => {
    const group = seen(iommuGroup)
    const members = [...facts.drives, ...facts.functions].filter(
      (other) => seen(other.iommuGroup) === group && seen(other.driver) === 'vfio-pci',
    )
    const from = facts.nodeOwners[`/dev/vfio/${group}`] ?? 'root:root'
    const last = group !== null && members[0]?.bdf === bdf && members.every((member) => left.has(member.bdf))
    return last && from !== 'root:root' ? [{ bdf, group, from, to: 'root:root' }] : []
  })
}

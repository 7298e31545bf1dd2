import type { Reason } from '../../reasons/reason.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveCase, type DriveGuard, leavesKernel } from '../drive-case.ts'

/** Members whose activity the kernel does not show; only their own tools can say that nobody uses them. */
const opaque =
  /^(zfs_member|bcache|bcachefs|drbd|ceph_bluestore|oracleasm|jbd|xfs_external_log|VMFS.*|vmfs.*)$/

/** Data at rest counts as in use; contents that could not be read count as data. */
export const signaturesGuard: DriveGuard = (drive) =>
  leavesKernel(drive) ? [...unreadableContents(drive), ...foundData(drive)] : []

function unreadableContents({ drive, uses }: DriveCase): Reason[] {
  const unread = uses.flatMap((use) => (use.kind === 'unreadable' ? [use] : []))
  const first = unread[0]
  return first === undefined
    ? []
    : [
        reason('CONTENTS_UNREADABLE', {
          bdf: drive.bdf,
          devices: unread.map(({ device }) => device),
          why: first.why,
        }),
      ]
}

function foundData({ drive: { bdf, namespaces }, uses, declaration }: DriveCase): Reason[] {
  const active = new Set(uses.flatMap((use) => (use.kind === 'signature' ? [] : [use.device])))
  return uses.flatMap((use) => {
    if (use.kind !== 'signature') return []
    const { device, types } = use
    const pool = types.find((type) => opaque.test(type))
    if (pool !== undefined) return [reason('DEVICE_MAYBE_ACTIVE', { bdf, device, type: pool })]
    // One paragraph for one trouble: what is mounted, swapped on or held is told by its own guard, and the
    // partition table around partitions that hold something says nothing more.
    const inside = namespaces.find(({ name }) => name === device)?.partitions ?? []
    const around = uses.some((other) => inside.some(({ name }) => name === other.device))
    const told = active.has(device) || (types.every(isTable) && around)
    if (declaration.inUse === 'release' || told) return []
    const disk =
      namespaces.find(({ partitions }) => partitions.some(({ name }) => name === device))?.name ?? null
    return [reason('DEVICE_HAS_DATA', { bdf, device, disk, signatures: types.map(inWords).join(' and ') })]
  })
}

const isTable = (type: string) => type === 'gpt' || type === 'dos' || type === 'PMBR'

function inWords(type: string): string {
  if (isTable(type)) return `a partition table (${type})`
  if (type === 'spdk_blobstore') return 'an SPDK blobstore'
  if (type === 'swap') return 'swap space'
  return `a signature of ${type}`
}

import { seen } from '../probe/fact.ts'
import type { HostFacts, Mount } from '../probe/facts.ts'
import { dumpTargets } from './host-config/kdump.ts'
import { resolverOf } from './host-config/resolve.ts'
import { partsOf } from './mount-parts.ts'
import { type DriveBlock, type Stack, stackOf } from './stack.ts'

/** What the running system lives from. Drives under these are never taken, whatever any option says. */
export const systemTargets: ReadonlySet<string> = new Set([
  '/',
  '/usr',
  '/boot',
  '/boot/efi',
  '/efi',
  '/var',
  '/etc',
  // Where a run keeps its journal and its records: unmounted in the middle, nobody could take it back.
  '/var/lib',
  '/var/lib/provision',
  '/var/lib/provision/drives',
  '/var/lib/provision/runs',
])

/** Filesystems that lie on no local disk. */
const disklessTypes = /^(tmpfs|ramfs|rootfs|nfs4?|cifs|9p|virtiofs|ceph)$/
/** Filesystems that lie on files of other mounts; those may have been moved away or detached after boot. */
const layeredTypes = /^(overlay|squashfs|erofs|fuse\..*)$/

export interface SystemUse {
  bdf: string
  /** Kernel name of the block on the drive. */
  device: string
  /** `/boot`, or `the image the kernel resumes from`. */
  what: string
}

export interface SystemTrace {
  uses: SystemUse[]
  /** System mounts whose drives cannot be told: any drive may be one of them. */
  untraced: Mount[]
  /** System mounts that lie on files: any drive that holds something may be under them, a blank one is not. */
  layered: Mount[]
}

/** Traces /, /usr, /boot, /boot/efi, /var, /etc and the resume device down to drives. */
export function systemTrace(facts: HostFacts): SystemTrace {
  const stack = stackOf(facts)
  const trace: SystemTrace = { uses: [], untraced: [], layered: [] }
  const mounts = (seen(facts.mounts) ?? []).filter(({ target }) => systemTargets.has(target))
  if (!mounts.some(({ target }) => target === '/')) trace.untraced.push(unlistedRoot)
  for (const mount of mounts) {
    const basis = basisOf(mount, facts, stack)
    if (basis === 'unknown') trace.untraced.push(mount)
    else if (basis === 'files') trace.layered.push(mount)
    else for (const { bdf, name } of basis) trace.uses.push({ bdf, device: name, what: mount.target })
    for (const { path, node } of partsOf(mount, facts)) {
      if (!stack.knows(node)) trace.untraced.push({ ...mount, source: path })
      for (const { bdf, name } of stack.under(node))
        trace.uses.push({ bdf, device: name, what: mount.target })
    }
  }
  const resume = seen(facts.resume)
  if (resume !== null)
    for (const { bdf, name } of stack.under(resume))
      trace.uses.push({ bdf, device: name, what: 'the image the kernel resumes from' })
  for (const { bdf, name } of dumpBlocks(facts, stack))
    trace.uses.push({ bdf, device: name, what: 'the place the kernel dumps to when it crashes (kdump)' })
  return trace
}

/** Blocks that a crash dump goes to. A device that is not there now is on no drive that could be taken. */
function dumpBlocks(facts: HostFacts, stack: Stack): DriveBlock[] {
  const resolver = resolverOf(facts)
  const mounts = seen(facts.mounts) ?? []
  return dumpTargets(facts).flatMap((target) => {
    if (target.kind === 'device') {
      const found = resolver.device(target.word)
      return typeof found === 'object' ? stack.under(found.name) : []
    }
    const mount = mountOver(target.path, mounts)
    if (mount === undefined) return []
    const basis = basisOf(mount, facts, stack)
    return typeof basis === 'object' ? basis : []
  })
}

/** The mount that a path lies in; of those at one place the last one lies on top. */
function mountOver(path: string, mounts: Mount[]): Mount | undefined {
  const over = mounts.filter(
    ({ target }) => target === '/' || path === target || path.startsWith(`${target}/`),
  )
  return over.reduce<Mount | undefined>(
    (best, mount) => (best === undefined || mount.target.length >= best.target.length ? mount : best),
    undefined,
  )
}

/** Stands for / when the list of mounts does not have it, as in a chroot: such a list tells nothing of the system. */
const unlistedRoot: Mount = {
  majmin: '0:0',
  root: '/',
  target: '/',
  fstype: 'an unknown filesystem',
  source: 'not in the list of mounts',
  options: '',
}

/** What a mount lies on: blocks of drives (none: other disks, or no disk at all), files, or nobody knows. */
function basisOf(mount: Mount, facts: HostFacts, stack: Stack): DriveBlock[] | 'files' | 'unknown' {
  if (stack.knows(mount.majmin)) return isLoop(mount, facts) ? 'files' : stack.under(mount.majmin)
  // btrfs has an anonymous device number and names one of its members; any of them may be the others.
  if (mount.fstype === 'btrfs') {
    const members = [mount.source.replace(/^\/dev\//, ''), ...(seen(facts.btrfsMembers) ?? [])]
    return members.some(stack.knows) ? [...new Set(members.flatMap(stack.under))] : 'unknown'
  }
  if (layeredTypes.test(mount.fstype)) return 'files'
  // ZFS members are refused one by one, by their label: see guards/signatures.ts.
  return mount.fstype === 'zfs' || disklessTypes.test(mount.fstype) ? [] : 'unknown'
}

function isLoop({ majmin }: Mount, { blockDevices }: HostFacts): boolean {
  return blockDevices.some((device) => device.majmin === majmin && /^loop\d/.test(device.name))
}

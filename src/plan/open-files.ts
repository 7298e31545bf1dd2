import { seen } from '../probe/fact.ts'
import type { Drive, HostFacts, OpenFile } from '../probe/facts.ts'
import { nodeOf } from './mount-parts.ts'
import { remember } from './remember.ts'
import { stackOf } from './stack.ts'

/** Open files by the BDF of the drives that they mean. One of a stacked device means all drives under it. */
const filesByDrive = remember((facts: HostFacts): ReadonlyMap<string, OpenFile[]> => {
  const found = new Map<string, OpenFile[]>()
  for (const file of seen(facts.openFiles) ?? [])
    for (const bdf of new Set(drivesOf(file.path, facts))) found.set(bdf, [...(found.get(bdf) ?? []), file])
  return found
})

/** Who has the drive open, through whatever node. */
export function holdersOf({ bdf }: Pick<Drive, 'bdf'>, facts: HostFacts): OpenFile[] {
  return filesByDrive(facts).get(bdf) ?? []
}

/**
 * Processes that have some VFIO device but no group and no node of one open: which drive that is cannot be told, since
 * the descriptor of a device has no path.
 */
export function namelessHolders(facts: HostFacts): OpenFile[] {
  const files = seen(facts.openFiles) ?? []
  return files.filter(
    ({ path, pid }) =>
      path.startsWith('anon_inode:') && !files.some((other) => other.pid === pid && isVfio(other.path)),
  )
}

const isVfio = (path: string) => path.startsWith('/dev/vfio/')

function drivesOf(path: string, facts: HostFacts): string[] {
  const plain = path.replace(/ \(deleted\)$/, '')
  const own = facts.driverNodes[plain]
  if (own !== undefined) return [own]
  const [, group] = /^\/dev\/vfio\/(?:noiommu-)?(\d+)$/.exec(plain) ?? []
  if (group !== undefined)
    return facts.drives.flatMap(({ bdf, iommuGroup, driver }) =>
      seen(iommuGroup) === Number(group) && seen(driver) !== 'nvme' ? [bdf] : [],
    )
  const [, locked] = /^\/var\/tmp\/spdk_pci_lock_(.+)$/.exec(plain) ?? []
  if (locked !== undefined) return [locked]
  return nvmeDrives(plain.slice(plain.lastIndexOf('/') + 1), facts) ?? stackedDrives(plain, facts)
}

/** `nvme0`, `nvme0n1p2`, `nvme0c1n1`, `ng0n1`; by the last part of the path, since containers have nodes elsewhere. */
function nvmeDrives(name: string, facts: HostFacts): string[] | null {
  const [, controller, , rest = ''] = /^(?:nvme|ng)(\d+)(c\d+)?(n\d+(?:p\d+)?)?$/.exec(name) ?? []
  if (controller === undefined) return null
  if (rest !== '')
    return stackOf(facts)
      .blocks(`nvme${controller}${rest}`)
      .map(({ bdf }) => bdf)
  return facts.drives.flatMap((drive) =>
    seen(drive.controller)?.name === `nvme${controller}` ? [drive.bdf] : [],
  )
}

function stackedDrives(path: string, facts: HostFacts): string[] {
  return stackOf(facts)
    .under(nodeOf(path, facts))
    .map(({ bdf }) => bdf)
}

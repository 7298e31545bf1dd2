import type { Mount } from './facts.ts'
import { escapeOctal, unescapeOctal } from './octal.ts'
import { majmin, malformed } from './sheet.ts'

/**
 * One line of /proc/self/mountinfo:
 *
 *     36 35 98:0 /root /target rw,noatime shared:1 - ext4 /dev/root rw,errors=continue
 *     id parent majmin root target OPTIONS [tag…] - fstype source SUPER-OPTIONS
 *
 * Throws PROBE_MALFORMED.
 */
export function parseMountinfo(line: string): Mount {
  const fields = line.split(' ')
  const dash = fields.indexOf('-', 6)
  const [, , device, root, target, options] = fields
  const [fstype, source, superOptions] = dash < 0 ? [] : fields.slice(dash + 1)
  if (
    device === undefined ||
    root === undefined ||
    target === undefined ||
    options === undefined ||
    fstype === undefined ||
    source === undefined
  ) {
    throw malformed(`a line of mountinfo: ${JSON.stringify(line.slice(0, 200))}`)
  }
  return {
    majmin: majmin(device, 'a line of mountinfo'),
    root: unescapeOctal(root),
    target: unescapeOctal(target),
    fstype: unescapeOctal(fstype),
    source: unescapeOctal(source),
    options: mergeOptions(unescapeOctal(options), unescapeOctal(superOptions ?? '')),
  }
}

/** A line that `parseMountinfo` reads back to the same mount; `id` is the line's place. */
export function renderMountinfo(mount: Mount, id: number): string {
  const access = mount.options.split(',').includes('ro') ? 'ro' : 'rw'
  const fields = [mount.root, mount.target, mount.options].map(escapeOctal)
  const device = [mount.fstype, mount.source].map(escapeOctal)
  return [id, 1, mount.majmin, ...fields, '-', ...device, access].join(' ')
}

/**
 * Options of the mount and of its superblock as one list for mount(8). Read-only on either level is read-only.
 * `seclabel` is the kernel's own remark, which mount(8) would refuse.
 */
export function mergeOptions(perMount: string, superblock: string): string {
  const options = new Set([...perMount.split(','), ...superblock.split(',')])
  for (const remark of ['', 'seclabel']) options.delete(remark)
  if (options.has('ro')) options.delete('rw')
  return [...options].join(',')
}

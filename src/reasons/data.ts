import { devNode, operand, quoted, spoken } from '../paste.ts'
import { closing } from './closing.ts'
import { tell } from './reason.ts'

const releaseHint =
  'or set `in_use: release` for this host to have provision take it down (the data stays untouched)'

/** Reasons that protect what is on a drive. */
export const dataReasons = {
  SYSTEM_DEVICE: tell<{ bdf: string; device: string; uses: string }>({
    severity: 'block',
    title: 'The system runs from this drive.',
    symptoms: ['Active mountpoints on', 'Active devices', 'so not binding PCI dev'],
    message: ({ bdf, device, uses }) =>
      `${bdf} (${device}) carries ${uses}. Without it this host stops working at once or does not come back after a reboot. No option overrides this.`,
    remedy: ({ bdf }) => `Take ${bdf} out of \`devices.spdk\`; choose another drive.`,
  }),
  SYSTEM_UNTRACED: tell<{ target: string; fstype: string; source: string }>({
    severity: 'block',
    title: 'It cannot be told which drives the system runs from.',
    message: ({ target, fstype, source }) =>
      `${target} is on ${fstype} (${source}), whose devices cannot be traced to drives. Any drive could be one of them, so none is taken.`,
    remedy: ({ target }) =>
      `Declare no drive for SPDK on this host, or move the system to a filesystem on a plain disk, LVM or md. \`findmnt ${operand(target)}\` and \`lsblk\` show what it is on.`,
  }),
  DEVICE_MOUNTED: tell<{ bdf: string; device: string; target: string; fstype: string }>({
    severity: 'block',
    title: 'A filesystem on the drive is mounted.',
    symptoms: [
      'Active mountpoints on',
      'Active devices: mount@',
      'data@',
      'so not binding PCI dev',
      'No such device',
      '-19',
    ],
    message: ({ bdf, device, target, fstype }) =>
      `${device} on ${bdf} is mounted at ${target} (${fstype}). The kernel would let go of it without a word, and whatever writes there would lose its data.`,
    remedy: ({ target }) =>
      `Unmount it: \`umount ${operand(target)}\` (\`fuser -vm ${quoted(target)}\` names who uses it), ${releaseHint}.`,
  }),
  MOUNT_NESTED: tell<{ bdf: string; target: string; nested: string; source: string }>({
    severity: 'block',
    title: 'Something else is mounted inside a filesystem that must be unmounted.',
    message: ({ bdf, target, nested, source }) =>
      `${target} on ${bdf} must be unmounted, but ${nested} (${source}) is mounted inside it and belongs to something that this plan does not hand over.`,
    remedy: ({ nested }) => `Unmount it first: \`umount ${operand(nested)}\`, then plan again.`,
  }),
  DEVICE_SWAP: tell<{ bdf: string; device: string }>({
    severity: 'block',
    title: 'The drive holds swap space that is in use.',
    message: ({ bdf, device }) =>
      `${device} on ${bdf} is in use as swap: memory of running processes lies there.`,
    remedy: ({ device }) => `Stop swapping on it: \`swapoff ${devNode(device)}\`, ${releaseHint}.`,
  }),
  MOUNT_POINT_TAKEN: tell<{ bdf: string; target: string; source: string; fstype: string }>({
    severity: 'block',
    title: 'Something else is mounted where a filesystem of the drive must return to.',
    message: ({ bdf, target, source, fstype }) =>
      `A filesystem of ${bdf} was unmounted from ${target} when the drive was handed over and must return there, but ${source} (${fstype}) is mounted there now. Mounting over it would hide what is in use.`,
    remedy: ({ target }) => `Unmount it first: \`umount ${operand(target)}\`, then plan again.`,
  }),
  SWAP_FILE: tell<{ bdf: string; path: string; target: string }>({
    severity: 'block',
    title: 'A file on the drive is in use as swap.',
    message: ({ bdf, path, target }) =>
      `${path} is in use as swap, and lies in the filesystem of ${bdf} that must be unmounted from ${target}. Memory of running processes lies there.`,
    remedy: ({ path }) => `Stop swapping on it: \`swapoff ${operand(path)}\`, then plan again.`,
  }),
  DEVICE_MULTIPATH: tell<{ bdf: string; others: string[] }>({
    severity: 'block',
    title: 'The same namespace is reached through another controller too.',
    message: ({ bdf, others }) =>
      `What is on ${bdf} is also reached through ${others.join(', ')} (two ports of one drive, or multipath). Whatever uses it there would go on, and SPDK would write under it.`,
    remedy: ({ bdf }) =>
      `\`nvme list-subsys\` shows the paths. Take ${bdf} out of \`devices.spdk\`, or detach the namespace from the other controller first.`,
  }),
  DEVICE_HELD: tell<{ bdf: string; device: string; holder: string; what: string }>({
    severity: 'block',
    title: 'Another block device is stacked on the drive.',
    symptoms: ['Active devices: holder@', 'so not binding PCI dev'],
    message: ({ bdf, device, holder, what }) =>
      `${device} on ${bdf} is part of ${what} (${holder}). Taking the drive away would break it. This version does not take such stacks down by itself.`,
    remedy: ({ holder, what }) =>
      `Close ${spoken(holder)} first (${closing(what, holder)}, after what is on it is unmounted), then plan again. \`lsblk -s ${devNode(holder)}\` shows what it lies on.`,
  }),
  DEVICE_BTRFS_MEMBER: tell<{ bdf: string; device: string }>({
    severity: 'block',
    title: 'The drive is a member of a mounted btrfs filesystem.',
    message: ({ bdf, device }) =>
      `${device} on ${bdf} belongs to a btrfs filesystem that is in use on several devices. Taking one away breaks it.`,
    remedy: ({ device }) =>
      `\`btrfs filesystem show ${devNode(device)}\` names the filesystem: unmount it, or \`btrfs device remove ${devNode(device)} MOUNTPOINT\`.`,
  }),
  /** `disk`: of a partition, whose table goes with it; null for a whole disk. */
  DEVICE_HAS_DATA: tell<{ bdf: string; device: string; disk: string | null; signatures: string }>({
    severity: 'block',
    title: 'There is data on the drive, though nothing uses it now.',
    symptoms: ['Active devices: data@', 'data@', 'so not binding PCI dev', 'No such device', '-19'],
    message: ({ bdf, device, signatures }) =>
      `${device} on ${bdf} holds ${signatures}. Nothing uses it now, but somebody may count on it: provision takes it for in use.`,
    remedy: ({ device, disk }) =>
      `If nobody needs it: \`wipefs -a ${[device, ...(disk === null ? [] : [disk])].map(devNode).join(' ')}\`. To hand the drive over with this data untouched, set \`in_use: release\`.`,
  }),
  DEVICE_MAYBE_ACTIVE: tell<{ bdf: string; device: string; type: string }>({
    severity: 'block',
    title: 'The drive belongs to a storage pool, and it cannot be told whether that is in use.',
    message: ({ bdf, device, type }) =>
      `${device} on ${bdf} is a ${type}. The kernel does not show whether such a pool is in use, so it is taken for in use, also with \`in_use: release\`.`,
    remedy: ({ device, type }) =>
      type === 'zfs_member'
        ? 'Export the pool (`zpool list -v` names it, `zpool export POOL`), then clear the label: `zpool labelclear`.'
        : `When nothing uses it: \`wipefs -a ${devNode(device)}\`.`,
  }),
  CONTENTS_UNREADABLE: tell<{ bdf: string; devices: string[]; why: string }>({
    severity: 'block',
    title: 'It could not be told whether there is data on the drive.',
    message: ({ bdf, devices, why }) =>
      `What is on ${devices.join(', ')} of ${bdf} could not be read: ${why}. Unknown contents are taken for data.`,
    remedy: ({ devices }) =>
      `Make this work on the host as root: \`wipefs -n ${devNode(devices[0] ?? '')}\` (package util-linux), then plan again.`,
  }),
  CONTROLLER_UNREADABLE: tell<{ bdf: string; why: string }>({
    severity: 'block',
    title: 'The drive is on the nvme driver but does not answer.',
    message: ({ bdf, why }) =>
      `${bdf} is on the nvme driver, but its controller cannot be read (${why}): neither its serial nor its namespaces are known, so nobody can say what is on it.`,
    remedy: ({ bdf }) =>
      `Look at \`dmesg | grep ${bdf}\`; a controller that is still resetting needs a moment, a dead one must be exchanged.`,
  }),
}

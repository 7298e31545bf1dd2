import { quoted } from '../paste.ts'
import { type Holder, holderList } from './holders.ts'
import { tell } from './reason.ts'

/** Reasons about who uses a drive at this moment, where no mount or holder of the host itself shows it. */
export const usedNowReasons = {
  DEVICE_MOUNTED_ELSEWHERE: tell<{
    bdf: string
    device: string
    target: string
    pid: number
    command: string
    more: number
  }>({
    severity: 'block',
    title: 'A filesystem on the drive is mounted in another mount namespace, such as that of a container.',
    message: ({ bdf, device, target, pid, command, more }) =>
      `${device} on ${bdf} is mounted at ${target} in the mount namespace of PID ${pid} (${command})${more === 0 ? '' : ` and of ${more} more`}. It is in use there, whatever the mounts of the host itself show, and provision does not reach into other namespaces.`,
    remedy: ({ target, pid }) =>
      `Stop the container or service (\`systemctl status ${pid}\` names it), or unmount it in there: \`nsenter -t ${pid} -m umount ${quoted(target)}\`. Then plan again.`,
  }),
  DEVICE_OPEN: tell<{ bdf: string; holders: Holder[] }>({
    severity: 'block',
    title: 'A process has the drive open.',
    message: ({ bdf, holders }) =>
      `${bdf} is in use: ${holderList(holders)}. Such a process reads or writes the drive without any mount, and taking the drive away would fail it in the middle.`,
    remedy: ({ holders }) =>
      holders.every(({ command }) => /^\(?(systemd-)?udev/.test(command))
        ? 'udev looks at the drive right now, as it does after every change: `udevadm settle`, then plan again.'
        : `Stop it (\`systemctl status ${holders[0]?.pid}\` tells what it belongs to; \`fuser -v ${quoted(holders[0]?.path ?? '')}\` shows whether it is gone), then plan again.`,
  }),
  DEVICE_EXPORTED: tell<{ bdf: string; path: string; by: 'nvmet' | 'lio'; name: string }>({
    severity: 'block',
    title: 'The kernel serves the drive, or a file on it, to other machines.',
    message: ({ bdf, path, by, name }) =>
      `${path} on ${bdf} is exported by ${by === 'nvmet' ? 'the NVMe target (nvmet)' : 'the SCSI target (LIO)'} as ${name}. Other machines may have filesystems on it; no process and no mount on this host shows that.`,
    remedy: ({ by, name }) =>
      by === 'nvmet'
        ? `When nobody uses it any more: \`echo 0 > ${quoted(`/sys/kernel/config/nvmet/${name}/enable`)}\`, then plan again.`
        : `When nobody uses it any more: \`targetcli /backstores/${name.startsWith('core/fileio') ? 'fileio' : 'block'} delete ${quoted(name.slice(name.lastIndexOf('/') + 1))}\`, then plan again.`,
  }),
  DEVICE_MOUNT_PART: tell<{ bdf: string; device: string; option: string; target: string }>({
    severity: 'block',
    title: 'The drive is the log or realtime device of a mounted filesystem.',
    message: ({ bdf, device, option, target }) =>
      `${device} on ${bdf} is the ${option} of the filesystem mounted at ${target}. Without it that filesystem breaks, though another device is the one that is mounted.`,
    remedy: ({ target }) => `Unmount it first: \`umount ${quoted(target)}\`, then plan again.`,
  }),
  LOOP_FILE: tell<{ bdf: string; path: string; loop: string; target: string }>({
    severity: 'block',
    title: 'A file on the drive is in use through a loop device.',
    message: ({ bdf, path, loop, target }) =>
      `${path} is in use through /dev/${loop}, and lies in the filesystem of ${bdf} that must be unmounted from ${target}. It could not be unmounted.`,
    remedy: ({ loop }) =>
      `Unmount what is on it, then \`losetup -d ${quoted(`/dev/${loop}`)}\`, and plan again. \`lsblk ${quoted(`/dev/${loop}`)}\` shows what uses it.`,
  }),
}

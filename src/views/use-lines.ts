import type { Step } from '../plan/step.ts'
import type { Use } from '../plan/uses.ts'
import type { Page } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { count } from './words.ts'

/** How block devices are called: as the kernel does now, or by what is the same on each of several hosts. */
export type BlockNames = 'kernel' | 'place'

/** What uses a block device, a line each; `-` marks what the steps take down. Signatures are told with the device. */
export function useLines(uses: Use[], steps: Step[], names: BlockNames, page: Page): string[] {
  return uses.flatMap((use) => {
    const words = useWords(use, names)
    if (words === null) return []
    const mark = isTakenDown(use, steps) ? page.paint.red('-') : ' '
    return wrap(words, { width: page.width, indent: 8 }).map((line, at) =>
      at === 0 ? `    ${mark}   ${line.trimStart()}` : line,
    )
  })
}

/** The use in words, `mounted at /data (ext4, /dev/nvme0n1p1)`; null where the device's contents say it all. */
export function useWords(use: Use, names: BlockNames): string | null {
  switch (use.kind) {
    case 'mount': {
      const { target, fstype, source } = use.mount
      const from = names === 'kernel' ? `, ${printable(source)}` : ''
      return `mounted at ${printable(target)} (${printable(fstype)}${from})`
    }
    case 'swap':
      return `in use as swap, priority ${use.priority}`
    case 'holder':
      return `part of ${printable(use.what)}${names === 'kernel' ? ` (${printable(use.holder)})` : ''}`
    case 'btrfs':
      return 'member of a btrfs filesystem in use'
    case 'foreign_mount':
      return `mounted at ${printable(use.target)} ${elsewhere(use)}`
    case 'open':
      return `open: ${processName(use)} has ${printable(use.path)}`
    case 'export':
      return `exported by ${use.by} as ${printable(use.name)}`
    case 'mount_part':
      return `the ${use.option} of the filesystem at ${printable(use.target)}`
    case 'signature':
    case 'unreadable':
      return null
  }
}

function isTakenDown(use: Use, steps: Step[]): boolean {
  return steps.some(({ action }) => {
    switch (action.kind) {
      case 'umount':
        return use.kind === 'mount' && action.target === use.mount.target
      case 'swapoff': {
        if (use.kind !== 'swap') return false
        if ('on' in action) return action.on === use.through?.ref
        return use.through === null && action.nsid === use.nsid && action.partition === use.partition
      }
      case 'close':
        return use.kind === 'holder' && use.ref === action.layer.ref
      default:
        return false
    }
  })
}

function elsewhere({ pid, command, more }: Extract<Use, { kind: 'foreign_mount' }>): string {
  const others = more === 0 ? '' : ` and of ${count(more, 'other process', 'other processes')}`
  return `in the mount namespace of ${processName({ pid, command })}${others}`
}

function processName({ pid, command }: { pid: number; command: string }): string {
  return `PID ${pid} (${printable(command)})`
}

import { encodeBytes } from '../probe/bytes.ts'
import type { Program } from './program.ts'
import { renderProgram } from './render-program.ts'
import { joined, probeFiles } from './scripts.ts'

/** The shell files of the apply side, joined after the probe's. One file a step kind. */
export const applyFiles = [
  'run.sh',
  'run/journal.sh',
  'run/lock.sh',
  'run/deadline.sh',
  'run/drive.sh',
  'run/stack.sh',
  'run/mountinfo.sh',
  'run/holders.sh',
  'steps/module.sh',
  'steps/hugepages.sh',
  'steps/swapoff.sh',
  'steps/umount.sh',
  'steps/close.sh',
  'steps/record.sh',
  'steps/override.sh',
  'steps/unbind.sh',
  'steps/bind.sh',
  'steps/settle.sh',
  'steps/open.sh',
  'steps/mount.sh',
  'steps/swapon.sh',
  'steps/forget.sh',
  'steps/owner.sh',
] as const

/** The whole agent with a program, for the standard input of `/bin/sh -s`. `root` is for tests, see run.sh. */
export function applyScript(program: Program, options: { root?: string } = {}): Buffer {
  return encodeBytes(joined([...probeFiles, ...applyFiles]) + renderProgram(program, options))
}

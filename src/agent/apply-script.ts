import { encodeBytes } from '../probe/bytes.ts'
import type { Program } from './program.ts'
import { shQuote } from './quote.ts'
import { checkHolder, checkRun, renderProgram } from './render-program.ts'
import { joined, probeFiles } from './scripts.ts'

/** The shell files of the apply side, joined after the probe's. One file a step kind. */
export const applyFiles = [
  'run.sh',
  'run/journal.sh',
  'run/folder.sh',
  'run/lock.sh',
  'run/session.sh',
  'run/back.sh',
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

/** What following a run and looking at the lock need of the agent; they do no steps. */
const watchFiles = [
  'run/journal.sh',
  'run/folder.sh',
  'run/lock.sh',
  'run/deadline.sh',
  'run/holders.sh',
  'run/attach.sh',
  'run/unlock.sh',
] as const

interface ScriptOptions {
  /** Put before every path on the host; for tests. */
  root?: string
}

/** The whole agent with a program to carry out, for the standard input of `/bin/sh -s`. */
export function applyScript(program: Program, options: ScriptOptions = {}): Buffer {
  const { nonce, run, holder } = program
  return script(applyFiles, 'apply_main', options, [nonce, run, holder, renderProgram(program)])
}

/** The agent with a program of which the steps with these ids are to be taken back. `holder`: who does so. */
export function backScript(
  program: Program,
  ids: readonly number[],
  holder: string,
  options: ScriptOptions = {},
): Buffer {
  checkHolder(holder)
  const words = [program.nonce, program.run, holder, renderProgram(program), ...ids.map(String)]
  return script(applyFiles, 'back_main', options, words)
}

/** Follows a run for at most so many seconds, then probes. */
export function attachScript(
  ask: { nonce: string; run: string; seconds: number; users: readonly string[] },
  options: ScriptOptions = {},
): Buffer {
  checkRun(ask.run)
  const words = [ask.nonce, ask.run, String(Math.ceil(ask.seconds)), ...ask.users]
  return script(watchFiles, 'attach_main', options, words)
}

/** Looks at the lock of the host; `remove` takes it away if its holder is gone. */
export function lockScript(
  ask: { nonce: string; does: 'look' | 'remove' },
  options: ScriptOptions = {},
): Buffer {
  return script(watchFiles, 'lock_main', options, [ask.nonce, ask.does])
}

/** The last line is one call with quoted words. It runs with its own standard input, as that of `probeScript`. */
function script(
  files: readonly string[],
  main: string,
  { root = '' }: ScriptOptions,
  [nonce = '', ...words]: string[],
): Buffer {
  const call = [main, ...[root, nonce, ...words].map(shQuote)].join(' ')
  return encodeBytes(`${joined([...probeFiles, ...files])}${call} </dev/null\n`)
}

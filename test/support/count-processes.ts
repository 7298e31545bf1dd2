import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Shell } from './run-sh.ts'

/**
 * How many processes a script starts in a shell, subshells included, the shell itself not. Counted by strace; where
 * there is none, by how far the kernel's process ids went on, at best of some tries: never less than the truth.
 */
export function countProcesses(shell: Shell, script: Buffer): number {
  return countByStrace(shell, script) ?? countByIds(shell, script)
}

const options = (input: Buffer) => ({ input, maxBuffer: 64 << 20 })

export function countByStrace([program, ...args]: Shell, script: Buffer): number | undefined {
  const trace = [
    '-f',
    '-qq',
    '-e',
    'trace=clone,clone3,fork,vfork',
    '-e',
    'signal=none',
    program,
    ...args,
    '-s',
  ]
  const { error, status, stderr } = spawnSync('strace', trace, options(script))
  if (error !== undefined || status !== 0) return undefined
  // A call that was interrupted is printed twice; its child's id stands only at its end.
  return stderr.toString('latin1').match(/\)\s+= [1-9]\d*$/gm)?.length ?? 0
}

export function countByIds([program, ...args]: Shell, script: Buffer): number {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const before = lastProcessId()
    spawnSync(program, [...args, '-s'], options(script))
    const started = lastProcessId() - before - 1
    if (started >= 0) least = Math.min(least, started)
  }
  return least
}

/** `0.20 0.18 0.12 1/80 11206`: the last is the id given out last. */
function lastProcessId(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').trim().split(' ').at(-1))
}

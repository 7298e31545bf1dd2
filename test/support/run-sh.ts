import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import type { HostFacts } from '../../src/probe/facts.ts'
import { parseFacts } from '../../src/probe/parse-facts.ts'
import { Sheet } from '../../src/probe/sheet.ts'
import { WireReader } from '../../src/probe/wire.ts'

/** The shells that /bin/sh is on the hosts we meet. */
export const shells = [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const
export type Shell = (typeof shells)[number]

export function isInstalled([program]: readonly [string, ...string[]]): boolean {
  return spawnSync(program, ['-c', ':']).error === undefined
}

/** Runs a script as hosts do: on the standard input of `sh -s`; as another user if `uid` is given (root may). */
export function runScript(
  [program, ...args]: Shell,
  script: Buffer,
  uid?: number,
  timeout?: number,
): SpawnSyncReturns<Buffer> {
  const as = uid === undefined ? {} : { uid, gid: uid }
  return spawnSync(program, [...args, '-s'], {
    input: script,
    maxBuffer: 64 << 20,
    ...as,
    ...(timeout === undefined ? {} : { timeout }),
  })
}

/** Facts from a captured answer; throws when it is not complete. */
export function factsFrom(answer: Buffer, nonce: string): HostFacts {
  const sheet = new Sheet()
  const reader = new WireReader(nonce, (line) => sheet.add(line))
  reader.push(answer)
  const end = reader.end()
  if (end.kind !== 'complete') throw new Error(`the answer is ${JSON.stringify(end)}`)
  return parseFacts(sheet)
}

import { readFileSync } from 'node:fs'
import { encodeBytes } from '../probe/bytes.ts'
import { shQuote } from './quote.ts'

/** The shell files that make up the probe, in the order in which they are joined. Paths lie beside this file. */
export const probeFiles = [
  'lib.sh',
  'process.sh',
  'probe.sh',
  'probe/host.sh',
  'probe/unfinished.sh',
  'probe/memory.sh',
  'probe/pci.sh',
  'probe/block.sh',
  'probe/signatures.sh',
  'probe/modules.sh',
  'probe/mounts.sh',
  'probe/config.sh',
  'probe/users.sh',
  'probe/canary.sh',
  'probe/in-use.sh',
] as const

/**
 * The probe as a script for the standard input of `/bin/sh -s`. Everything is a function but the last line, which
 * runs with its own standard input: the shell has read all of the script before any of it runs, and nothing that
 * runs can eat the rest of it.
 */
export function probeScript(options: {
  /** Framing nonce of the answer, see probe/wire.ts. */
  nonce: string
  /** Users whose primary group is wanted, names or uids; those that no host can have are not asked for. */
  users: readonly string[]
  /** Put before every path on the host; for tests. */
  root?: string
}): Buffer {
  const users = options.users.filter((user) => /^[^-:\t\n\0][^:\t\n\0]*$/.test(user))
  const words = [options.nonce, options.root ?? '', ...users].map(shQuote)
  return encodeBytes(`${joined(probeFiles)}probe_main ${words.join(' ')} </dev/null\n`)
}

/** The given shell files as one text, each read once, without comments: some shells read a script byte by byte. */
export function joined(files: readonly string[]): string {
  return files.map(shellFile).join('')
}

const cache = new Map<string, string>()

function shellFile(path: string): string {
  let text = cache.get(path)
  if (text === undefined) {
    text = withoutComments(readFileSync(new URL(path, import.meta.url), 'utf8'))
    cache.set(path, text)
  }
  return text
}

/** Without whole-line comments, blank lines and indentation. Fit for scripts with no here-documents and no multi-line strings. */
function withoutComments(script: string): string {
  return script.replaceAll(/^[ ]*(?:#.*)?\n/gm, '').replaceAll(/^ +/gm, '')
}

import type { HostFacts } from '../probe/facts.ts'
import { linesIn, wordsOf } from './host-config/lines.ts'

/** How a LUKS container is opened without a person, or why that cannot be told. */
export type CryptKey = { kind: 'file'; file: string; flags: string[] } | { kind: 'none'; why: string }

/** Options of crypttab(5) that say nothing of how the container is opened. */
const silent =
  /^(luks|noauto|nofail|noearly|_netdev|timeout=.*|tries=.*|loud|quiet|initramfs|check|check=.*|x-.*|)$/

/** Options that cryptsetup(8) takes by another name; a number stays what it is. */
const flagOf: Record<string, string> = {
  discard: '--allow-discards',
  'read-only': '--readonly',
  readonly: '--readonly',
  'same-cpu-crypt': '--perf-same_cpu_crypt',
  'submit-from-crypt-cpus': '--perf-submit_from_crypt_cpus',
  'no-read-workqueue': '--perf-no_read_workqueue',
  'no-write-workqueue': '--perf-no_write_workqueue',
  'key-slot': '--key-slot',
  keyslot: '--key-slot',
  'keyfile-offset': '--keyfile-offset',
  'keyfile-size': '--keyfile-size',
}

/**
 * The key file that crypttab names for a container. That the key opens it, only the host can tell: it tries before it
 * closes anything (agent/steps/close.sh).
 */
export function cryptKeyFor(name: string, facts: HostFacts): CryptKey {
  const { configLines } = facts
  if (configLines.state === 'unreadable') return none(`/etc/crypttab could not be read (${configLines.why})`)
  const lines = linesIn(facts, /^\/etc\/crypttab$/).map(({ text }) => wordsOf(text))
  const entry = lines.find(([called]) => called === name)
  if (entry === undefined) return none('/etc/crypttab has no line for it')
  const [, , keyFile = '', options = ''] = entry
  if (keyFile === '' || keyFile === 'none' || keyFile === '-')
    return none('its line in /etc/crypttab names no key file')
  // A device would be read without end, and /dev/urandom gives another key each time.
  if (!/^\/[^:]*$/.test(keyFile) || keyFile.startsWith('/dev/'))
    return none(`its key in /etc/crypttab is ${keyFile}, which is no plain file`)
  const flags: string[] = []
  for (const option of options.split(',')) {
    const flag = flagFor(option)
    if (flag !== null) flags.push(flag)
    else if (!silent.test(option))
      return none(`its line in /etc/crypttab has the option ${option}, which provision cannot repeat`)
  }
  return { kind: 'file', file: keyFile, flags }
}

function flagFor(option: string): string | null {
  const [name = '', value] = option.split('=', 2)
  const flag = flagOf[name]
  if (flag === undefined) return null
  const numbered = /^--key/.test(flag)
  if (!numbered) return value === undefined ? flag : null
  return value !== undefined && /^\d+$/.test(value) ? `${flag}=${value}` : null
}

const none = (why: string): CryptKey => ({ kind: 'none', why })

import picomatch from 'picomatch'
import { ProvisionError } from '../errors.ts'
import type { Inventory } from './inventory.ts'
import { expandRange } from './range.ts'
import { didYouMean } from './suggest.ts'

/**
 * The hosts that a limit pattern (`-l`) selects, in the order of the inventory. A pattern is one or more terms, parted
 * by `:` or `,`. A term is a host, a group, a glob over both (`rack1-*`), a range (`stor-[01:05]`) or `all`. First
 * come the plain terms together, then `&term` keeps only what is in it too, then `!term` takes away; the order in
 * which they are written does not matter, as in Ansible. A pattern of only `&` and `!` terms starts from all hosts.
 *
 * Throws ProvisionError `LIMIT_UNKNOWN` for a term that fits no host and no group, also a `!term`: whoever misspells
 * the host that is to be spared must not find it provisioned. `LIMIT_MALFORMED`, `LIMIT_EMPTY` where nothing is left.
 */
export function selectHosts(pattern: string, inventory: Inventory): string[] {
  const terms = splitTerms(pattern).map(parseTerm)
  if (terms.length === 0) throw new ProvisionError('LIMIT_MALFORMED', 'the limit pattern is empty')
  const sets = terms.map(({ sign, name }) => ({ sign, hosts: matchTerm(name, inventory) }))
  const plain = sets.filter(({ sign }) => sign === '')
  const start = plain.length > 0 ? plain.flatMap(({ hosts }) => [...hosts]) : inventory.hosts
  let chosen = new Set(start)
  for (const { sign, hosts } of sets) {
    if (sign === '&') chosen = new Set([...chosen].filter((host) => hosts.has(host)))
  }
  for (const { sign, hosts } of sets) {
    if (sign === '!') chosen = new Set([...chosen].filter((host) => !hosts.has(host)))
  }
  if (chosen.size === 0) {
    throw new ProvisionError('LIMIT_EMPTY', `the limit \`${pattern}\` leaves no host`, {
      hint: 'each of its terms is known, but together they exclude everything',
    })
  }
  return inventory.hosts.filter((host) => chosen.has(host))
}

interface Term {
  sign: '' | '&' | '!'
  name: string
}

function parseTerm(text: string): Term {
  const sign = text.startsWith('&') ? '&' : text.startsWith('!') ? '!' : ''
  const name = text.slice(sign.length).trim()
  if (name === '') throw new ProvisionError('LIMIT_MALFORMED', `the term \`${text}\` names nothing`)
  return { sign, name }
}

/** Parts a pattern into its terms. Colons within brackets belong to a range. */
export function splitTerms(pattern: string): string[] {
  const terms = pattern.match(/(?:\[[^\]]*\]|[^:,])+/g) ?? []
  return terms.map((term) => term.trim()).filter((term) => term !== '')
}

function matchTerm(name: string, inventory: Inventory): ReadonlySet<string> {
  if (name === 'all' || name === '*') return new Set(inventory.hosts)
  const found = new Set(/\[[^\]]*:/.test(name) ? matchRange(name, inventory) : matchName(name, inventory))
  if (found.size > 0) return found
  const known = [...inventory.hosts, ...inventory.groups.keys()]
  throw new ProvisionError('LIMIT_UNKNOWN', `\`${name}\` fits no host and no group of the hosts file`, {
    hint: didYouMean(name, known) ?? `known: ${listSome([...inventory.groups.keys(), ...inventory.hosts])}`,
  })
}

function matchName(name: string, { hosts, groups }: Inventory): string[] {
  const fits = /[*?[]/.test(name) ? glob(name) : (candidate: string) => candidate === name
  const inGroups = [...groups].filter(([group]) => fits(group)).flatMap(([, members]) => members)
  return [...hosts.filter(fits), ...inGroups]
}

/** Without `posix`, picomatch takes `[!12]` for a class that has the `!` in it: the very opposite. */
function glob(pattern: string): (candidate: string) => boolean {
  const matches = picomatch(pattern, { nonegate: true, posix: true, dot: true })
  return (candidate) => matches(candidate)
}

/** Every name of a range must be known: a range that is half there is a slip, not a wish. */
function matchRange(pattern: string, { hosts }: Inventory): string[] {
  const range = expandRange(pattern)
  if (!range.ok) {
    const hint = range.suggestion === null ? {} : { hint: range.suggestion }
    throw new ProvisionError('LIMIT_MALFORMED', range.why, hint)
  }
  const known = new Set(hosts)
  const missing = range.names.filter((name) => !known.has(name))
  if (missing.length > 0 && missing.length < range.names.length) {
    throw new ProvisionError(
      'LIMIT_UNKNOWN',
      `\`${pattern}\` names hosts that are not there: ${listSome(missing)}`,
    )
  }
  return missing.length > 0 ? [] : range.names
}

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ')
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown
}

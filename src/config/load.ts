import type { Inventory } from '../inventory/inventory.ts'
import { checkAddresses, checkClaims, declaresNothing } from './checks.ts'
import type { HostDeclaration } from './declaration.ts'
import { type ConfigDocument, readDocument } from './document.ts'
import { expandGroups } from './groups.ts'
import { hostLayers } from './host-layers.ts'
import { declarationOf, type MergedHost, mergeHost } from './merge.ts'
import { PlaybookReader } from './playbooks.ts'
import { configError, type Problem, sortProblems } from './problem.ts'
import { type HostsFile, hostsFileSchema } from './schema/hosts-file.ts'
import { playbookSchema } from './schema/playbook.ts'

/** A hosts file that was read, checked and merged. */
export interface Config {
  /** The hosts file, as it was named. */
  file: string
  /** What each host must look like: those under `hosts` in the order of the file, then those only groups name. */
  hosts: HostDeclaration[]
  /** Names of hosts and groups, for `selectHosts`. */
  inventory: Inventory
  /** Hosts worked on at once. */
  forks: number
  /** By host name: every value with where it came from. See explain.ts. */
  merged: ReadonlyMap<string, MergedHost>
  warnings: Problem[]
}

/** `problems` holds errors and warnings, in reading order. */
export type LoadResult = { ok: true; config: Config } | { ok: false; problems: Problem[] }

const DEFAULT_FORKS = 32

/** Reads a hosts file with the playbooks it names. Everything wrong with any of them is reported at once. */
export async function loadConfig(file: string): Promise<LoadResult> {
  const { document, problems } = await readDocument(file, hostsFileSchema)
  if (document === null) return { ok: false, problems: sortProblems(problems) }
  const { groups, problems: groupProblems } = expandGroups(document)
  const names = hostNames(document, groups)
  const playbooks = new PlaybookReader()
  const layersOf = await hostLayers(document, groups, playbooks)
  const merged = names.map((name) => mergeHost(name, layersOf(name)))
  problems.push(...checkNames(document, names, groups), ...groupProblems, ...playbooks.problems)
  problems.push(...merged.flatMap(checkClaims), ...checkAddresses(merged))
  const sorted = sortProblems(problems)
  if (sorted.some(({ severity }) => severity === 'error')) return { ok: false, problems: sorted }
  const config: Config = {
    file,
    hosts: merged.map(declarationOf),
    inventory: { hosts: names, groups },
    forks: document.value.rollout?.forks ?? DEFAULT_FORKS,
    merged: new Map(merged.map((host) => [host.name, host])),
    warnings: sorted,
  }
  return {
    ok: true,
    config: { ...config, warnings: sortProblems([...sorted, ...idleHosts(document, config)]) },
  }
}

/** The same for callers that can do nothing about problems. Throws ProvisionError `CONFIG_INVALID` with all of them. */
export async function requireConfig(file: string): Promise<Config> {
  const result = await loadConfig(file)
  if (result.ok) return result.config
  throw configError(result.problems)
}

/** Everything wrong with one playbook and those it builds on; empty when it is fit to be used. */
export async function checkPlaybook(file: string): Promise<Problem[]> {
  const { document, problems } = await readDocument(file, playbookSchema)
  if (document === null) return sortProblems(problems)
  const playbooks = new PlaybookReader()
  await playbooks.layers(document.value.playbook, document, ['playbook'])
  return sortProblems([...problems, ...playbooks.problems])
}

function hostNames(
  document: ConfigDocument<HostsFile>,
  groups: ReadonlyMap<string, readonly string[]>,
): string[] {
  const own = document.keys(['hosts']).filter((name) => document.value.hosts?.[name] !== undefined)
  return [...new Set([...own, ...[...groups.values()].flat()])]
}

function checkNames(
  document: ConfigDocument<HostsFile>,
  hosts: readonly string[],
  groups: ReadonlyMap<string, unknown>,
): Problem[] {
  const both = hosts
    .filter((host) => groups.has(host))
    .map((name) => {
      const message = `\`${name}\` names both a host and a group`
      return document.problem(
        ['groups', name],
        { code: 'NAME_SHARED', message, suggestion: 'rename the group' },
        'key',
      )
    })
  if (document.has(['hosts']) || document.has(['groups'])) return both
  const suggestion = 'name them under `hosts:`, or as patterns in a group'
  return [document.problem([], { code: 'HOSTS_NONE', message: 'the file names no hosts', suggestion })]
}

function idleHosts(document: ConfigDocument<HostsFile>, config: Config): Problem[] {
  return config.hosts.filter(declaresNothing).map(({ name }) => {
    const message = `\`${name}\` declares neither devices nor hugepages: nothing will be done to it`
    const group = [...config.inventory.groups].find(([, members]) => members.includes(name))?.[0] ?? ''
    const path = document.has(['hosts', name]) ? ['hosts', name] : ['groups', group, 'hosts']
    return document.problem(path, { severity: 'warning', code: 'HOST_IDLE', message }, 'key')
  })
}

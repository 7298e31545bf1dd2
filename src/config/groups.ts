import { expandRange } from '../inventory/range.ts'
import type { ConfigDocument } from './document.ts'
import type { Problem } from './problem.ts'
import type { HostsFile } from './schema/hosts-file.ts'
import { hostNameSchema } from './schema/scalars.ts'

export interface ExpandedGroups {
  /** Host names by group, in the order of the file. */
  groups: Map<string, string[]>
  problems: Problem[]
}

/** The hosts of each group, ranges expanded. */
export function expandGroups(document: ConfigDocument<HostsFile>): ExpandedGroups {
  const expanded: ExpandedGroups = { groups: new Map(), problems: [] }
  for (const name of document.keys(['groups'])) {
    const group = document.value.groups?.[name]
    if (group === undefined) continue
    const members = group.hosts.flatMap((pattern, index) =>
      expandPattern(pattern, ['groups', name, 'hosts', index]),
    )
    expanded.groups.set(name, [...new Set(members)])
    if (group.hosts.length === 0) {
      const finding = { code: 'GROUP_EMPTY', message: `the group \`${name}\` has no hosts` }
      expanded.problems.push(document.problem(['groups', name, 'hosts'], finding))
    }
  }
  return expanded

  function expandPattern(pattern: string, path: (string | number)[]): string[] {
    const refuse = (message: string, suggestion: string | null): string[] => {
      expanded.problems.push(document.problem(path, { code: 'HOST_PATTERN_MALFORMED', message, suggestion }))
      return []
    }
    const range = expandRange(pattern)
    if (!range.ok) return refuse(range.why, range.suggestion)
    if (range.names.every((host) => hostNameSchema.safeParse(host).success)) return range.names
    const suggestion = /[*?]/.test(pattern)
      ? 'a group names its hosts: write a range such as stor-[01:20]'
      : null
    return refuse(`\`${pattern}\` is not a host name`, suggestion)
  }
}

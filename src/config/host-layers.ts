import type { ConfigDocument } from './document.ts'
import type { Layer } from './layer.ts'
import type { PlaybookReader } from './playbooks.ts'
import type { HostsFile } from './schema/hosts-file.ts'
import type { SshLayer } from './schema/ssh.ts'
import type { StateLayer } from './schema/state.ts'

/** The layers of each host by its name, lowest first; the order is that of `Layer`. */
export async function hostLayers(
  document: ConfigDocument<HostsFile>,
  groups: ReadonlyMap<string, readonly string[]>,
  playbooks: PlaybookReader,
): Promise<(name: string) => Layer[]> {
  const top = await levelLayers({ kind: 'top' }, [], document.value)
  const ofHost = new Map<string, Layer[]>()
  const add = (name: string, layers: readonly Layer[]): void => {
    ofHost.set(name, [...(ofHost.get(name) ?? top), ...layers])
  }
  for (const [name, members] of groups) {
    const layers = await levelLayers(
      { kind: 'group', name },
      ['groups', name],
      document.value.groups?.[name] ?? {},
    )
    for (const member of members) add(member, layers)
  }
  for (const [name, host] of Object.entries(document.value.hosts ?? {})) {
    add(name, await levelLayers({ kind: 'host' }, ['hosts', name], host ?? {}))
  }
  return (name) => ofHost.get(name) ?? top

  async function levelLayers(level: Layer['level'], base: Layer['base'], said: LevelKeys): Promise<Layer[]> {
    const { playbook, ssh = {}, address } = said
    const own: Layer = { level, document, base, state: said, ssh, address }
    return [...(await playbooks.layers(playbook, document, [...base, 'playbook'])), own]
  }
}

/** What a level of a hosts file may hold; which of it is allowed where is the schema's matter. */
type LevelKeys = StateLayer & {
  playbook?: string[] | undefined
  ssh?: SshLayer | undefined
  address?: string | undefined
}

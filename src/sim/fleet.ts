import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderHostsFile, renderKnownHosts } from './hosts-file.ts'
import { newFleetKeys } from './keys.ts'
import { runOn } from './shell.ts'
import { SimHost, type SimHostSpec } from './sim-host.ts'
import { type Sshd, startSshd } from './sshd.ts'

/** Simulated hosts within this process, reached over real SSH on the loopback. */
export interface Fleet {
  /** In the order they were given; a test may look into them, or change their facts. */
  hosts: readonly SimHost[]
  /** Ports on 127.0.0.1 by host name. */
  ports: ReadonlyMap<string, number>
  /**
   * Writes `key` (for this fleet only), `known_hosts` and `hosts.yaml` into a folder, which is made where it is
   * missing. `declared`: YAML of the state that all hosts shall have, as it stands at the top of a hosts file.
   */
  writeFiles(folder: string, declared?: string): Promise<FleetFiles>
  /** Ends every connection and stops listening. */
  close(): Promise<void>
}

export interface FleetFiles {
  key: string
  knownHosts: string
  hostsFile: string
}

/** IANA keeps these for nobody; a port of the kernel's own choice might be given to somebody while we count on it. */
const CLOSED_PORTS = 225

export async function createFleet({ hosts: specs }: { hosts: readonly SimHostSpec[] }): Promise<Fleet> {
  const keys = newFleetKeys()
  const hosts = specs.map((spec) => new SimHost(spec))
  const sshds: Sshd[] = []
  const ports = new Map<string, number>()
  const close = async () => {
    await Promise.all(sshds.map((sshd) => sshd.close()))
  }
  try {
    for (const [index, host] of hosts.entries()) {
      if (host.mishaps.some(({ kind }) => kind === 'unreachable')) {
        ports.set(host.name, CLOSED_PORTS + index)
        continue
      }
      const sshd = await startSshd(keys, (execution) => runOn(host, execution))
      sshds.push(sshd)
      ports.set(host.name, sshd.port)
    }
  } catch (error) {
    await close()
    throw error
  }
  const placed = specs.map(({ name, declared = '' }) => ({ name, declared, port: ports.get(name) ?? 0 }))
  return {
    hosts,
    ports,
    close,
    async writeFiles(folder, declared = '') {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const files = {
        key: join(folder, 'key'),
        knownHosts: join(folder, 'known_hosts'),
        hostsFile: join(folder, 'hosts.yaml'),
      }
      await writeFile(files.key, keys.client.private, { mode: 0o600 })
      await writeFile(files.knownHosts, renderKnownHosts([...ports.values()], keys.host.public))
      await writeFile(files.hostsFile, renderHostsFile(placed, declared))
      return files
    },
  }
}

import type { DeviceClaim, DriverChoice, HostDeclaration, HugepageDeclaration, Owner } from './declaration.ts'
import type { KeyPath } from './keypath.ts'
import type { Layer, Sourced } from './layer.ts'
import { resolveFrom } from './paths.ts'
import type { HugepageEntry } from './schema/hugepages.ts'

/** A host after all its layers were merged, each value with where it came from. */
export interface MergedHost {
  name: string
  address: Sourced<string>
  ssh: {
    user: Sourced<string | null>
    port: Sourced<number | null>
    identityFiles: Sourced<string[]>
    knownHosts: Sourced<string | null>
    become: Sourced<'none' | 'sudo' | 'auto'>
    jump: Sourced<string[]>
  }
  devices: { spdk: Sourced<DeviceClaim[]>; kernel: Sourced<DeviceClaim[]> }
  driver: Sourced<DriverChoice>
  inUse: Sourced<'refuse' | 'release'>
  /** By size, then node. */
  hugepages: Sourced<HugepageDeclaration>[]
  owner: Sourced<Owner | null>
  persist: Sourced<boolean>
}

/** Merges the layers of a host, lowest first: maps by key, lists and single values whole. */
export function mergeHost(name: string, layers: readonly Layer[]): MergedHost {
  const last = <T>(path: KeyPath, read: (layer: Layer) => T | undefined, builtIn: T): Sourced<T> =>
    lastToSay(layers, path, read, builtIn)
  return {
    name,
    address: last(['address'], (layer) => layer.address, name),
    ssh: {
      user: last<string | null>(['ssh', 'user'], ({ ssh }) => ssh.user, null),
      port: last<number | null>(['ssh', 'port'], ({ ssh }) => ssh.port, null),
      identityFiles: last(['ssh', 'identity_file'], identityFiles, []),
      knownHosts: last<string | null>(['ssh', 'known_hosts'], knownHosts, null),
      become: last(['ssh', 'become'], ({ ssh }) => ssh.become, 'auto'),
      jump: last(['ssh', 'jump'], ({ ssh }) => ssh.jump, []),
    },
    devices: {
      spdk: last(['devices', 'spdk'], ({ state }) => state.devices?.spdk, []),
      kernel: last(['devices', 'kernel'], ({ state }) => state.devices?.kernel, []),
    },
    driver: last(['driver'], ({ state }) => state.driver, 'auto'),
    inUse: last(['in_use'], ({ state }) => state.in_use, 'refuse'),
    hugepages: mergeHugepages(layers),
    owner: last<Owner | null>(['owner'], ({ state }) => state.owner, null),
    persist: last(['persist'], ({ state }) => state.persist, false),
  }
}

/** The merged host without its sources: what the planner gets. */
export function declarationOf(host: MergedHost): HostDeclaration {
  const { name, address, ssh, devices, driver, inUse, hugepages, owner, persist } = host
  return {
    name,
    address: address.value,
    ssh: {
      user: ssh.user.value,
      port: ssh.port.value,
      identityFiles: ssh.identityFiles.value,
      knownHosts: ssh.knownHosts.value,
      become: ssh.become.value,
      jump: ssh.jump.value,
    },
    devices: { spdk: devices.spdk.value, kernel: devices.kernel.value },
    driver: driver.value,
    inUse: inUse.value,
    hugepages: hugepages.map(({ value }) => value),
    owner: owner.value,
    persist: persist.value,
  }
}

function lastToSay<T>(
  layers: readonly Layer[],
  path: KeyPath,
  read: (layer: Layer) => T | undefined,
  builtIn: T,
): Sourced<T> {
  for (let index = layers.length - 1; index >= 0; index -= 1) {
    const layer = layers[index]
    const value = layer === undefined ? undefined : read(layer)
    if (layer !== undefined && value !== undefined) return { value, layer, path }
  }
  return { value: builtIn, layer: null, path }
}

const identityFiles = ({ ssh, document }: Layer): string[] | undefined =>
  ssh.identity_file?.map((file) => resolveFrom(document.file, file))

const knownHosts = ({ ssh, document }: Layer): string | undefined =>
  ssh.known_hosts === undefined ? undefined : resolveFrom(document.file, ssh.known_hosts)

function mergeHugepages(layers: readonly Layer[]): Sourced<HugepageDeclaration>[] {
  let pools: Sourced<HugepageDeclaration>[] = []
  for (const layer of layers) {
    const entries = layer.state.hugepages
    if (entries === undefined) continue
    pools = pools.filter(({ value }) => !entries.some((entry) => replaces(entry, value)))
    for (const { keys, ...value } of entries) pools.push({ value, layer, path: ['hugepages', ...keys] })
  }
  return pools.sort(
    (a, b) => a.value.sizeKiB - b.value.sizeKiB || (a.value.node ?? -1) - (b.value.node ?? -1),
  )
}

/** A total and numbers per node are two forms of one value: either replaces the other. */
const replaces = (over: HugepageEntry, under: HugepageDeclaration): boolean =>
  over.sizeKiB === under.sizeKiB && (over.node === null || under.node === null || over.node === under.node)

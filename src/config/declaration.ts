/**
 * What one host must look like, after playbook, top level, groups and host were merged and every value was
 * normalised. This is all the planner knows of the hosts file.
 */
export interface HostDeclaration {
  /** Name in the hosts file. */
  name: string
  /** What is connected to; the name unless the hosts file says otherwise. */
  address: string
  ssh: SshSettings
  devices: { spdk: DeviceClaim[]; kernel: DeviceClaim[] }
  driver: DriverChoice
  inUse: 'refuse' | 'release'
  /** Empty: hugepages are not declared and never touched. */
  hugepages: HugepageDeclaration[]
  owner: Owner | null
  /** Re-established at boot. */
  persist: boolean
}

export type DriverChoice = 'auto' | UserSpaceDriver
export type UserSpaceDriver = 'vfio-pci' | 'uio_pci_generic' | 'igb_uio'

/** `group: null` means the user's primary group. */
export interface Owner {
  user: string
  group: string | null
}

export type DeviceClaim =
  /** One drive by its canonical BDF; with `serial`, only if that drive answers there. */
  { by: 'bdf'; bdf: string; serial: string | null } | { by: 'match'; match: DriveMatch }

/** Every given condition must hold. */
export interface DriveMatch {
  /** Glob over the model, e.g. `SAMSUNG MZQL2*`. */
  model: string | null
  serial: string | null
  numa: number | null
  minSizeBytes: number | null
  maxSizeBytes: number | null
  /** How many to take, in BDF order; null takes all that match. */
  count: number | null
}

/** `node: null` declares the total of the host, spread over its nodes by the planner. */
export interface HugepageDeclaration {
  sizeKiB: number
  node: number | null
  count: number
}

export interface SshSettings {
  user: string | null
  port: number | null
  identityFiles: string[]
  knownHosts: string | null
  become: 'none' | 'sudo' | 'auto'
  /** ProxyJump hops, nearest first. */
  jump: string[]
}

import { seen } from '../probe/fact.ts'
import type { BlockDevice, HostFacts, TakenLayer } from '../probe/facts.ts'
import { arrayPartition, refsOf } from './block-ref.ts'
import { type CryptKey, cryptKeyFor } from './crypt-key.ts'
import { remember } from './remember.ts'
import { stackOf } from './stack.ts'

/** A device stacked on drives, and whether it can be closed and be opened again as it was. */
export interface Layer {
  device: BlockDevice
  /** In the words its admin would use: `LVM volume vg-data`. */
  what: string
  /** BDFs of the drives at its bottom, sorted; for a volume those of all active volumes of its group. */
  drives: string[]
  /** Kernel names of what is at its bottom and is on no NVMe drive of this host. */
  foreign: string[]
  way: WayBack
}

/** How a layer is opened again. `none`: not by provision; `noKey`: not without somebody who knows the passphrase. */
export type WayBack =
  | { kind: 'sure'; layer: TakenLayer }
  | { kind: 'none'; why: string }
  | { kind: 'noKey'; name: string; why: string }

/** Every device that is stacked on a drive, what lies below first. Partitions of arrays come and go with them. */
export const layersOf = remember(buildLayers)

/** The layers above one drive, what lies below first. */
export function layersOver(facts: HostFacts, bdf: string): Layer[] {
  return layersOf(facts).filter(({ device }) =>
    stackOf(facts)
      .under(device.name)
      .some((block) => block.bdf === bdf),
  )
}

function buildLayers(facts: HostFacts): Layer[] {
  const stack = stackOf(facts)
  const devices = new Map(facts.blockDevices.map((device) => [device.name, device]))
  const found = facts.blockDevices.filter(
    (device) => stack.under(device.name).length > 0 && arrayPartition(device, devices) === null,
  )
  return bottomUp(found, devices).map((device) => {
    const bottoms = sameGroup(device, facts)
    const drives = bottoms.flatMap(({ name }) => stack.under(name).map(({ bdf }) => bdf))
    const foreign = bottoms.flatMap(({ name }) => stack.strangers(name))
    return {
      device,
      what: whatIs(device.name, device),
      drives: [...new Set(drives)].sort(),
      foreign: [...new Set(foreign)].sort(),
      way: wayBack(device, facts, devices),
    }
  })
}

/** What lies below first; otherwise by ref, so that the kernel's names decide nothing. */
function bottomUp(found: BlockDevice[], devices: ReadonlyMap<string, BlockDevice>): BlockDevice[] {
  const depths = depthsOf(devices)
  const depth = ({ name }: BlockDevice) => depths.get(name) ?? 0
  const key = (device: BlockDevice) => seen(device.dmUuid) ?? device.name
  return found.toSorted((a, b) => depth(a) - depth(b) || (key(a) < key(b) ? -1 : 1))
}

/** How many devices lie under each, at the deepest; none for what a lying host lays upon itself. */
function depthsOf(devices: ReadonlyMap<string, BlockDevice>): ReadonlyMap<string, number> {
  const above = new Map<string, string[]>()
  const waiting = new Map<string, number>()
  const depths = new Map<string, number>()
  for (const { name, slaves } of devices.values()) {
    const below = slaves.filter((slave) => devices.has(slave))
    waiting.set(name, below.length)
    for (const slave of below) above.set(slave, [...(above.get(slave) ?? []), name])
  }
  const ready = [...waiting].flatMap(([name, below]) => (below === 0 ? [name] : []))
  for (const name of ready) depths.set(name, 1)
  // The list grows while it is gone through: what has all of its own below it measured comes next.
  for (const name of ready)
    for (const upper of above.get(name) ?? []) {
      depths.set(upper, Math.max(depths.get(upper) ?? 0, 1 + (depths.get(name) ?? 0)))
      const left = (waiting.get(upper) ?? 0) - 1
      waiting.set(upper, left)
      if (left === 0) ready.push(upper)
    }
  return depths
}

/** Taking a drive away takes it from the whole volume group: all active volumes of the group count. */
function sameGroup(device: BlockDevice, facts: HostFacts): BlockDevice[] {
  const group = groupId(device)
  return group === null ? [device] : facts.blockDevices.filter((other) => groupId(other) === group)
}

/** The first half of an LVM device's UUID; null for anything else. */
function groupId({ dmUuid }: BlockDevice): string | null {
  const uuid = seen(dmUuid)
  return uuid?.startsWith('LVM-') ? uuid.slice(4, 36) : null
}

/** Names that every tool takes as they are; others stand escaped under /dev/mapper. */
const plainName = /^[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$/

function wayBack(device: BlockDevice, facts: HostFacts, devices: ReadonlyMap<string, BlockDevice>): WayBack {
  const name = seen(device.dmName) ?? device.name
  const refs = refsOf(facts)
  const [ref] = refs.get(device.name) ?? []
  const on = device.slaves.flatMap((slave) => refs.get(slave)?.[0] ?? []).toSorted()
  if (ref === undefined || on.length === 0 || on.length < device.slaves.length)
    return { kind: 'none', why: 'not all that it lies on is known' }
  if (!plainName.test(name)) return { kind: 'none', why: 'its name has characters that tools escape' }
  const drives = [
    ...new Set(
      stackOf(facts)
        .under(device.name)
        .map(({ bdf }) => bdf),
    ),
  ].sort()
  const fields = { ref, name, sizeBytes: device.sizeBytes, on, drives }
  const uuid = seen(device.dmUuid)
  if (uuid?.startsWith('LVM-')) return volume(device, uuid, fields, devices)
  if (uuid !== null && /^CRYPT-LUKS[12]-/.test(uuid)) return container(fields, facts)
  if (device.raid.state !== 'absent') return array(device, fields, devices)
  return { kind: 'none', why: 'provision knows no way to open it again' }
}

type Fields = Pick<TakenLayer, 'ref' | 'name' | 'sizeBytes' | 'on' | 'drives'>

/** A linear or striped volume lies on physical volumes alone; thin, cached, mirrored ones lie on hidden volumes. */
function volume(
  device: BlockDevice,
  uuid: string,
  fields: Fields,
  devices: ReadonlyMap<string, BlockDevice>,
): WayBack {
  const kin = (name: string) => {
    const other = devices.get(name)
    return other !== undefined && groupId(other) === groupId(device)
  }
  const names = /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(fields.name)
  if (uuid.length !== 68 || device.slaves.some(kin) || device.holders.some(kin) || names === null)
    return { kind: 'none', why: 'it is more than a linear or striped volume (thin, RAID, cache, snapshot)' }
  const [group = '', volumeName = ''] = names.slice(1).map((part) => part.replaceAll('--', '-'))
  return { kind: 'sure', layer: { kind: 'lvm', ...fields, group, volume: volumeName } }
}

/** Closing a container drops its key from memory: there must be another copy, and a way to use it without a person. */
function container(fields: Fields, facts: HostFacts): WayBack {
  const key: CryptKey = cryptKeyFor(fields.name, facts)
  if (key.kind === 'none') return { kind: 'noKey', name: fields.name, why: key.why }
  return { kind: 'sure', layer: { kind: 'luks', ...fields, keyFile: key.file, flags: key.flags } }
}

const arrayLevels = /^(linear|raid0|raid1|raid4|raid5|raid6|raid10)$/

function array(device: BlockDevice, fields: Fields, devices: ReadonlyMap<string, BlockDevice>): WayBack {
  if (device.raid.state !== 'known') return { kind: 'none', why: 'its level cannot be read' }
  const { level, metadata, state, degraded } = device.raid.value
  if (!arrayLevels.test(level) || !/^(0\.90|1\.[0-2])$/.test(metadata))
    return {
      kind: 'none',
      why: `provision opens no ${level || 'incomplete'} array with ${metadata} metadata`,
    }
  if (degraded > 0)
    return { kind: 'none', why: `${degraded} of its members are missing, so it might not start again` }
  if (state === 'inactive' || state === 'clear') return { kind: 'none', why: `it is ${state}` }
  const partitions = [...devices.values()]
    .flatMap((part) => {
      const at = arrayPartition(part, devices)
      return at?.array === device.name ? [{ number: at.number, sizeBytes: part.sizeBytes }] : []
    })
    .sort((a, b) => a.number - b.number)
  return { kind: 'sure', layer: { kind: 'md', ...fields, level, metadata, partitions } }
}

/** What a holder is, in the words its admin would use. */
export function whatIs(name: string, device: BlockDevice | undefined): string {
  const uuid = device === undefined ? null : seen(device.dmUuid)
  const dmName = device === undefined ? null : seen(device.dmName)
  if (uuid?.startsWith('LVM-')) return `LVM volume ${dmName ?? name}`
  if (uuid?.startsWith('CRYPT-')) return `LUKS mapping ${dmName ?? name}`
  if (uuid?.startsWith('mpath-')) return `multipath device ${dmName ?? name}`
  if (name.startsWith('md')) return `RAID array ${name}`
  if (name.startsWith('loop')) return `loop device ${name}`
  if (name.startsWith('bcache')) return `bcache device ${name}`
  return `block device ${dmName ?? name}`
}

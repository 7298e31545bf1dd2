import { known } from '../../src/probe/fact.ts'
import type { BlockDevice, HostFacts, Raid } from '../../src/probe/facts.ts'
import { blockDevice, mountOf } from './facts.ts'

const group = (name: string) => name.padEnd(32, 'g').slice(0, 32)

/** Device `dm-N` as the volume `NAME` of the group in its name, on these devices. */
export function volume(
  number: number,
  name: string,
  slaves: string[],
  more: Partial<BlockDevice> = {},
): BlockDevice {
  const [of = ''] = name.split('-')
  const uuid = `LVM-${group(of)}${name.padEnd(32, 'v').slice(0, 32)}`
  return dm(number, name, uuid, slaves, more)
}

/** Device `dm-N` as the LUKS container `NAME`. */
export function container(
  number: number,
  name: string,
  slave: string,
  more: Partial<BlockDevice> = {},
): BlockDevice {
  return dm(number, name, `CRYPT-LUKS2-${'0f5c7c7e9a3c4b608f2a1d2e3f405162'}-${name}`, [slave], more)
}

export function dm(
  number: number,
  name: string,
  uuid: string,
  slaves: string[],
  more: Partial<BlockDevice> = {},
): BlockDevice {
  const at = { name: `dm-${number}`, majmin: `253:${number}` }
  return blockDevice({ ...at, dmName: known(name), dmUuid: known(uuid), slaves, ...more })
}

/** The array `mdN` on these devices. */
export function array(number: number, slaves: string[], raid: Partial<Raid> = {}): BlockDevice {
  const whole: Raid = { level: 'raid1', metadata: '1.2', state: 'clean', degraded: 0, ...raid }
  return blockDevice({ name: `md${number}`, majmin: `9:${number}`, slaves, raid: known(whole) })
}

/** A filesystem on `dm-N`, mounted as the kernel shows it. */
export function mountOn(number: number, name: string, target: string) {
  return mountOf(`253:${number}`, `mapper/${name}`, { mount: target })
}

/** The same facts, with each of these devices among the holders of what it lies on. Loop devices are not shown there. */
export function linked(facts: HostFacts): HostFacts {
  const holdersOf = (name: string) =>
    facts.blockDevices.flatMap((device) =>
      device.slaves.includes(name) && !/^loop|^sd/.test(device.name) && !device.name.startsWith(`${name}p`)
        ? [device.name]
        : [],
    )
  const held = <B extends { name: string; holders: string[] }>(block: B): B => ({
    ...block,
    holders: [...new Set([...block.holders, ...holdersOf(block.name)])].sort(),
  })
  return {
    ...facts,
    drives: facts.drives.map((drive) => ({
      ...drive,
      namespaces: drive.namespaces.map((one) => ({ ...held(one), partitions: one.partitions.map(held) })),
    })),
    blockDevices: facts.blockDevices.map(held).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

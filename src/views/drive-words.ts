import { capacityOf, identityOf } from '../plan/identity.ts'
import type { DevicePlan } from '../plan/plan.ts'
import type { Fact } from '../probe/fact.ts'
import type { Drive, Namespace, Partition } from '../probe/facts.ts'
import { printable } from './printable.ts'
import { byteSize, list } from './words.ts'

/** The driver in a word; `no driver` where it has none. */
export function driverWord(drive: Drive): string {
  return factWord(drive.driver, 'no driver')
}

/** `ACME DC4, serial S-5e, 3.84 TB`; with `serial: 'many'` the serial is left to be told elsewhere. */
export function identityWords(drive: Drive, serial: 'shown' | 'many'): string {
  const identity = identityOf(drive)
  const size = capacityOf(drive)
  const sized = size === null ? [] : [byteSize(size)]
  if (identity.by === 'nothing')
    return [`model and serial unknown: ${printable(identity.why)}`, ...sized].join(', ')
  const which =
    serial === 'shown' ? [`serial ${printable(identity.serial)}`] : ['a serial of its own on each host']
  const source = identity.by === 'record' ? ['as recorded when it was handed over'] : []
  return [printable(identity.model), ...which, ...sized, ...source].join(', ')
}

/** `NUMA node 0, IOMMU group 14 shared with 0000:5f:00.0 (nvme)`. */
export function placeWords(drive: Drive, groupMates: DevicePlan['groupMates']): string {
  const node = `NUMA node ${factWord(drive.numaNode, 'unknown to the platform')}`
  if (drive.iommuGroup.state === 'absent') return `${node}, no IOMMU group`
  const group = `IOMMU group ${factWord(drive.iommuGroup, '')}`
  if (groupMates.length === 0) return `${node}, ${group} of its own`
  const mates = groupMates.map(({ bdf, driver }) => `${bdf} (${printable(driver ?? 'no driver')})`)
  return `${node}, ${group} shared with ${list(mates)}`
}

/** The signatures on a namespace or partition, all of them where there are several: `ext4 and xfs`. */
export function contentWords(block: Namespace | Partition): string {
  if (block.signatures.state === 'known') {
    const types = [...new Set(block.signatures.value.map(({ type }) => type))]
    return types.length === 0 ? 'blank' : list(types.map(printable))
  }
  return block.signatures.state === 'absent' ? 'not looked at' : 'contents unreadable'
}

/** A fact in a word, the unreadable ones said to be so. */
export function factWord<T>(fact: Fact<T>, absent: string): string {
  if (fact.state === 'known') return printable(String(fact.value))
  return fact.state === 'absent' ? absent : 'unreadable'
}

import { seen } from '../probe/fact.ts'
import type { Drive } from '../probe/facts.ts'

/** Who a drive is, as far as can be told. `recorded`: by the record of its hand-over, checked against its PCI ids. */
export type Identity =
  | { by: 'controller'; serial: string; model: string }
  | { by: 'record'; serial: string; model: string }
  | { by: 'nothing'; why: string }

export function identityOf(drive: Drive): Identity {
  if (drive.controller.state === 'known') {
    const { serial, model } = drive.controller.value
    return { by: 'controller', serial: serial.trim(), model: model.trim() }
  }
  const record = seen(drive.record)
  const recorded = record === null ? null : seen(record.drive.controller)
  // On the nvme driver the drive itself must answer; a record is no substitute for a controller that does not.
  if (recorded !== null && seen(drive.driver) !== 'nvme')
    return { by: 'record', serial: recorded.serial.trim(), model: recorded.model.trim() }
  const driver = seen(drive.driver)
  return {
    by: 'nothing',
    why: driver === null ? 'it has no driver' : `it is on ${driver}, and there is no record of it`,
  }
}

/** Bytes of all its namespaces, from what is seen or else from the record; null when neither tells. */
export function capacityOf(drive: Drive): number | null {
  const record = seen(drive.record)
  const namespaces = drive.namespaces.length > 0 ? drive.namespaces : record?.drive.namespaces
  if (namespaces === undefined || namespaces.length === 0) return null
  return namespaces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

import { seen } from '../../probe/fact.ts'
import type { Drive, HandOver } from '../../probe/facts.ts'
import type { Reason } from '../../reasons/reason.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveCase, type DriveGuard, leavesKernel } from '../drive-case.ts'
import { userSpaceDrivers } from '../driver-choice.ts'
import { identityOf } from '../identity.ts'

/** The drive must be the one that is meant: by its declared serial, and by the record of an earlier hand-over. */
export const identityGuard: DriveGuard = (one) => {
  const silent = whySilent(one)
  if (silent !== null) return [reason('CONTROLLER_UNREADABLE', { bdf: one.drive.bdf, why: silent })]
  const mismatch = recordMismatch(one.drive)
  if (mismatch !== null) return [mismatch]
  return identityOf(one.drive).by === 'nothing' ? unidentified(one) : wrongSerial(one)
}

/** Why a drive on the nvme driver tells nothing of itself; null when it does, or is on no such driver. */
function whySilent(one: DriveCase): string | null {
  const { controller } = one.drive
  if (one.current !== 'nvme') return null
  if (controller.state === 'unreadable') return controller.why
  if (controller.state === 'absent') return 'it has no controller'
  const { state } = controller.value
  // A controller in reset shows no namespaces, or not all of them: it would pass for blank.
  return leavesKernel(one) && state !== 'live' ? `its state is ${state}` : null
}

/** Compares the record with the drive that is there; a record made without sight of a serial compares by ids alone. */
function recordMismatch(drive: Drive): Reason | null {
  const record = seen(drive.record)
  if (record === null) return null
  const [recorded, actual] = [serialOf(record.drive), serialOf(drive)]
  const sameSerial = recorded === null || actual === null || recorded === actual
  if (sameSerial && traits(record.drive) === traits(drive)) return null
  return reason('RECORD_MISMATCH', {
    bdf: drive.bdf,
    recorded: `${recorded ?? 'a drive'} (${traits(record.drive)})`,
    actual: `${actual ?? 'a drive'} (${traits(drive)})`,
  })
}

/** What can be read of a drive on any driver. */
function traits({ bdf, ids, subsystemIds }: HandOver['drive']): string {
  return `${bdf}, ${ids}, subsystem ${subsystemIds}`
}

function serialOf({ controller }: HandOver['drive']): string | null {
  return seen(controller)?.serial.trim() ?? null
}

/** Neither the drive nor a record says who it is. */
function unidentified({ drive, serial, current, target, want }: DriveCase): Reason[] {
  const { bdf } = drive
  // On no driver nothing uses it, and the kernel is the one who can tell who it is.
  if (current === null) return want === 'spdk' ? [reason('DRIVE_UNSEEN', { bdf })] : []
  if (!userSpaceDrivers.includes(current)) return []
  if (current === target) return [reason('IDENTITY_UNVERIFIED', { bdf, driver: current, declared: serial })]
  const why = `it is on ${current}, and no record on the host tells it`
  return serial === null ? [] : [reason('SERIAL_UNREADABLE', { bdf, driver: current, declared: serial, why })]
}

function wrongSerial({ drive, facts, serial }: DriveCase): Reason[] {
  const identity = identityOf(drive)
  if (serial === null || identity.by === 'nothing' || identity.serial === serial) return []
  const elsewhere = facts.drives.find((other) => {
    const found = identityOf(other)
    return found.by !== 'nothing' && found.serial === serial
  })
  const { serial: actual, model } = identity
  return [
    reason('SERIAL_MISMATCH', {
      bdf: drive.bdf,
      declared: serial,
      actual,
      model,
      elsewhere: elsewhere?.bdf ?? null,
    }),
  ]
}

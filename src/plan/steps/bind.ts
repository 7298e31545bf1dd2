import { known, seen, unreadable } from '../../probe/fact.ts'
import type { Drive, HandOver, HostFacts } from '../../probe/facts.ts'
import { freshlyNamed } from '../device-names.ts'
import { withDrive } from '../facts-update.ts'
import { changesDriver } from '../need.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

/** The reason under which a controller's facts are left open: nobody has seen this drive on the kernel's driver. */
export const NOT_PREDICTED = 'not predicted: the drive was not seen on the nvme driver before'

export const bindRule: StepRule<ActionOf<'bind'>> = {
  kind: 'bind',
  plan: (need) =>
    need.moves.filter(changesDriver).map((move) => ({
      kind: 'bind',
      bdf: move.drive.bdf,
      driver: move.driver,
      record: move.record,
    })),
  target: (action) => action.bdf,
  summary: (action) => `bind ${action.bdf} to ${action.driver}`,
  args: (action) => [action.bdf, action.driver],
  predict: (facts, action) =>
    withVfioNode(
      withDrive(facts, action.bdf, (drive) => bound(drive, action, facts)),
      action.bdf,
    ),
  undo: (action) => [
    { kind: 'unbind', bdf: action.bdf, driver: action.driver, serial: null, record: action.record },
  ],
}

function bound(drive: Drive, { driver, record }: ActionOf<'bind'>, facts: HostFacts): Drive {
  return driver === 'nvme' ? onNvme(drive, record, facts) : { ...drive, driver: known(driver) }
}

/** A drive as the nvme driver shows it: as it was recorded, or nobody knows how. */
export function onNvme(drive: Drive, record: HandOver | null, facts: HostFacts): Drive {
  const on: Drive = { ...drive, driver: known('nvme') }
  if (record?.drive.controller.state !== 'known') return { ...on, controller: unreadable(NOT_PREDICTED) }
  return { ...on, ...freshlyNamed(record.drive, drive.bdf, facts) }
}

/** The kernel makes /dev/vfio/<group> with the first member on vfio-pci, owned by root. */
function withVfioNode(facts: HostFacts, bdf: string): HostFacts {
  const drive = facts.drives.find((d) => d.bdf === bdf)
  if (drive?.iommuGroup.state !== 'known' || seen(drive.driver) !== 'vfio-pci') return facts
  const path = `/dev/vfio/${drive.iommuGroup.value}`
  return { ...facts, nodeOwners: { [path]: 'root:root', ...facts.nodeOwners } }
}

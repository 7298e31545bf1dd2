import { absent, seen } from '../../probe/fact.ts'
import type { HandOver, HostFacts } from '../../probe/facts.ts'
import { withDrive } from '../facts-update.ts'
import { changesDriver } from '../need.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'
import { settleFor } from './settle.ts'

export const unbindRule: StepRule<ActionOf<'unbind'>> = {
  kind: 'unbind',
  plan: (need) =>
    need.moves.flatMap((move) => {
      const driver = seen(move.drive.driver)
      if (driver === null || !changesDriver(move)) return []
      const serial = move.drive.controller.state === 'known' ? move.drive.controller.value.serial : null
      return [{ kind: 'unbind' as const, bdf: move.drive.bdf, driver, serial, record: move.record }]
    }),
  target: (action) => action.bdf,
  summary: (action) => `take ${action.bdf} from ${action.driver}`,
  args: (action) => [
    action.bdf,
    action.driver,
    action.serial ?? '',
    wasBlank(action.driver, action.record) ? 'blank' : 'data',
  ],
  predict: (facts, action) =>
    dropOwnNodes(dropVfioNode(withoutDriver(facts, action.bdf), facts, action.bdf), action.bdf),
  undo: (action) => [
    { kind: 'bind', bdf: action.bdf, driver: action.driver, record: action.record },
    ...settleFor(action.bdf, action.driver, action.record),
  ],
}

/** Whether the plan relied on there being no data; the host then looks once more before it lets go. */
function wasBlank(driver: string, record: HandOver | null): boolean {
  if (driver !== 'nvme' || record === null) return false
  return record.drive.namespaces
    .flatMap((namespace) => [namespace, ...namespace.partitions])
    .every((block) => block.signatures.state === 'known' && block.signatures.value.length === 0)
}

function withoutDriver(facts: HostFacts, bdf: string): HostFacts {
  return withDrive(facts, bdf, (drive) => ({ ...drive, driver: absent, controller: absent, namespaces: [] }))
}

/** /dev/vfio/<group> goes with the last vfio-pci member of the group. */
function dropVfioNode(after: HostFacts, before: HostFacts, bdf: string): HostFacts {
  const drive = before.drives.find((d) => d.bdf === bdf)
  if (drive?.iommuGroup.state !== 'known' || seen(drive.driver) !== 'vfio-pci') return after
  const group = drive.iommuGroup.value
  const others = [...after.drives, ...after.functions]
  if (others.some((f) => seen(f.iommuGroup) === group && seen(f.driver) === 'vfio-pci')) return after
  const { [`/dev/vfio/${group}`]: _gone, ...nodeOwners } = after.nodeOwners
  return { ...after, nodeOwners }
}

/** /dev/uio0 and the like go with their drive. */
function dropOwnNodes(facts: HostFacts, bdf: string): HostFacts {
  const left = Object.entries(facts.driverNodes).filter(([, of]) => of !== bdf)
  return { ...facts, driverNodes: Object.fromEntries(left) }
}

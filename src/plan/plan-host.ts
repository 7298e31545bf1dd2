import type { HostDeclaration } from '../config/declaration.ts'
import { seen } from '../probe/fact.ts'
import type { Drive, HostFacts } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import { reason } from '../reasons/registry.ts'
import { canonical } from './canonical.ts'
import type { DriveCase, DriveGuard } from './drive-case.ts'
import { driverFor } from './driver-choice.ts'
import { driveGuards } from './guards/index.ts'
import { type HostGuard, hostGuards } from './host-guards.ts'
import { poolName } from './hugepage-name.ts'
import { moveFor, type PlanStamp } from './moves.ts'
import { changesDriver, type DriveMove } from './need.ts'
import { orderedActions } from './order.ts'
import { disowned, planOwners } from './owners.ts'
import type { DevicePlan, HostPlan } from './plan.ts'
import { planPools } from './pools.ts'
import { type Selection, selectDrives } from './select.ts'
import { stackNeed } from './stack-moves.ts'
import { reliedOn } from './state.ts'
import { stepOf } from './steps/index.ts'
import { takenByNvme } from './steps/module.ts'
import { systemTrace } from './system.ts'
import { usesOf } from './uses.ts'

export interface PlanInput {
  declaration: HostDeclaration
  facts: HostFacts
  stamp: PlanStamp
  /** All guards of drives, and of the host, unless a test leaves one out. */
  guards?: Record<string, DriveGuard>
  hostwide?: Record<string, HostGuard>
}

/**
 * The plan for one host. Pure: the same declaration, facts and stamp give the same plan, whatever the order in which
 * the facts list things. All danger is decided here; a host with one blocked drive gets no step at all.
 */
export function planHost(input: PlanInput): HostPlan {
  const { declaration, facts: listed, stamp, guards = driveGuards, hostwide = hostGuards } = input
  const facts = canonical(listed)
  const { selections, reasons: selecting } = selectDrives(declaration, facts)
  const cases = casesOf(declaration, facts, selections)
  const judged = new Map(cases.map((one) => [one.drive.bdf, judge(one, guards)]))
  const pools = planPools(declaration.hugepages, facts)
  const owners = planOwners(declaration, cases, facts)
  const moves = cases.flatMap((one) => moveFor(one, stamp) ?? [])
  const devices = selections.map((selection) =>
    devicePlan(selection, cases, facts, judged.get(selection.bdf) ?? [], moves),
  )
  const onHost = Object.values(hostwide).flatMap((guard) => guard({ declaration, facts, selections }))
  const reasons = [
    ...onHost,
    ...selecting,
    ...pools.reasons,
    ...owners.reasons,
    ...sideEffects(moves, selections, facts),
  ]
  const blocked = [...reasons, ...devices.flatMap((device) => device.reasons)].some(
    ({ severity }) => severity === 'block',
  )
  const actions = blocked
    ? []
    : orderedActions({
        facts,
        moves,
        pools: pools.changes,
        owners: owners.changes,
        disowned: disowned(moves, facts),
        stack: stackNeed(moves, facts, cases[0]?.destined ?? new Map()),
      })
  return {
    name: declaration.name,
    address: declaration.address,
    outcome: blocked ? 'blocked' : actions.length > 0 ? 'changes' : 'in_sync',
    devices,
    hugepages: pools.targets,
    steps: actions.map((action, index) => stepOf(index + 1, action)),
    reasons,
    reliedOn: reliedOn(
      facts,
      selections.map(({ bdf }) => bdf),
      pools.changes.map(poolName),
    ),
  }
}

/** What steps do to drives that no list names, which cannot be helped and must be said. */
function sideEffects(moves: DriveMove[], selections: Selection[], facts: HostFacts): Reason[] {
  const loads = moves.some(({ driver }) => driver === 'nvme') && seen(facts.modules.nvme) === 'available'
  if (!loads) return []
  const declared = new Set(selections.map(({ bdf }) => bdf))
  const others = takenByNvme(facts).filter(({ bdf }) => !declared.has(bdf))
  return others.length === 0 ? [] : [reason('NVME_TAKES_OTHERS', { bdfs: others.map(({ bdf }) => bdf) })]
}

function casesOf(declaration: HostDeclaration, facts: HostFacts, selections: Selection[]): DriveCase[] {
  const present = selections.flatMap(({ drive, want, serial }) => {
    if (drive === null) return []
    const target = want === 'kernel' ? ('nvme' as const) : driverFor(declaration.driver, drive)
    return [{ drive, want, serial, target }]
  })
  const destined = new Map(present.map(({ drive, target }) => [drive.bdf, target]))
  const system = systemTrace(facts)
  return present.map((one) => ({
    ...one,
    declaration,
    facts,
    current: seen(one.drive.driver),
    uses: usesOf(one.drive, facts),
    system,
    destined,
  }))
}

function judge(one: DriveCase, guards: Record<string, DriveGuard>): Reason[] {
  return Object.values(guards).flatMap((guard) => guard(one))
}

function devicePlan(
  { bdf, want, drive }: Selection,
  cases: DriveCase[],
  facts: HostFacts,
  judged: Reason[],
  moves: DriveMove[],
): DevicePlan {
  if (drive === null) return nothingThere(bdf, want, facts)
  const one = cases.find((found) => found.drive.bdf === bdf)
  const move = moves.find((found) => found.drive.bdf === bdf)
  const blocked = judged.some(({ severity }) => severity === 'block')
  return {
    bdf,
    declared: want,
    drive,
    targetDriver: one?.target ?? null,
    action: blocked ? 'blocked' : move !== undefined && changesDriver(move) ? 'bind' : 'none',
    uses: one?.uses ?? [],
    groupMates: groupMates(drive, facts),
    reasons: judged,
  }
}

/** A declared address without an NVMe drive: say what is there instead. */
function nothingThere(bdf: string, want: 'spdk' | 'kernel', facts: HostFacts): DevicePlan {
  const other = facts.functions.find((found) => found.bdf === bdf)
  const why =
    other === undefined
      ? reason('DEVICE_NOT_FOUND', { bdf, present: facts.drives.map((drive) => drive.bdf) })
      : reason('DEVICE_NOT_NVME', { bdf, class: other.class, driver: seen(other.driver) })
  return {
    bdf,
    declared: want,
    drive: null,
    targetDriver: null,
    action: 'blocked',
    uses: [],
    groupMates: [],
    reasons: [why],
  }
}

/** The other functions in the IOMMU group of a drive, sorted by BDF. */
export function groupMates(drive: Drive, facts: HostFacts): DevicePlan['groupMates'] {
  const group = seen(drive.iommuGroup)
  if (group === null) return []
  return [...facts.drives, ...facts.functions]
    .filter((other) => other.bdf !== drive.bdf && seen(other.iommuGroup) === group)
    .map(({ bdf, driver }) => ({ bdf, driver: seen(driver) }))
    .sort((a, b) => (a.bdf < b.bdf ? -1 : 1))
}

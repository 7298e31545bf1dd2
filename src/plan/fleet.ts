import { seen } from '../probe/fact.ts'
import type { HostFacts } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import { reason } from '../reasons/registry.ts'
import { identityOf } from './identity.ts'
import type { HostPlan } from './plan.ts'

/** What of a host must be its own, kept of its facts for a look at the fleet as a whole. */
export interface FleetMember {
  name: string
  machineId: string | null
  bootId: string | null
  /** Drives that can be told apart; `who` is model and serial. */
  drives: { bdf: string; serial: string; who: string }[]
}

export function memberOf(name: string, facts: HostFacts): FleetMember {
  const drives = facts.drives.flatMap((drive) => {
    const identity = identityOf(drive)
    if (identity.by === 'nothing' || identity.serial === '') return []
    const { serial, model } = identity
    return [{ bdf: drive.bdf, serial, who: `${drive.ids} ${model} ${serial}` }]
  })
  return { name, machineId: seen(facts.machineId), bootId: seen(facts.bootId), drives }
}

/**
 * The plans with what only a look at all hosts tells: one machine under two names, one drive behind two hosts. A plan
 * that this blocks has no steps. The same plan object comes back where there is nothing to tell.
 */
export function judgeFleet(fleet: readonly { plan: HostPlan; member: FleetMember }[]): HostPlan[] {
  const fellows = new Fellows(fleet.map(({ member }) => member))
  const handedTo = new Set(
    fleet.flatMap(({ plan, member }) =>
      plan.devices.flatMap(({ bdf, declared }) => (declared === 'spdk' ? [`${member.name} ${bdf}`] : [])),
    ),
  )
  return fleet.map(({ plan, member }) => {
    const twin = fellows.sameMachine(member)
    const reasons = twin === null ? [] : [twin]
    // One machine under two names has all its drives twice.
    const shared = twin?.severity === 'block' ? [] : fellows.sharedDrives(member, handedTo)
    return reasons.length + shared.length === 0 ? plan : judged(plan, reasons, shared)
  })
}

interface SharedDrive {
  bdf: string
  reason: Reason
}

function judged(plan: HostPlan, reasons: Reason[], shared: SharedDrive[]): HostPlan {
  const devices = plan.devices.map((device) => {
    const own = shared.filter(({ bdf }) => bdf === device.bdf).map((one) => one.reason)
    return own.length === 0
      ? device
      : { ...device, action: 'blocked' as const, reasons: [...own, ...device.reasons] }
  })
  const undeclared = shared.filter(({ bdf }) => !plan.devices.some((device) => device.bdf === bdf))
  const all = [...reasons, ...undeclared.map((one) => one.reason)]
  const blocked = shared.length > 0 || reasons.some(({ severity }) => severity === 'block')
  const changed = { ...plan, devices, reasons: [...all, ...plan.reasons] }
  return blocked ? { ...changed, outcome: 'blocked', steps: [] } : changed
}

/** Finds, for a host, the first other one that has something of its own. */
class Fellows {
  readonly #byMachine: Map<string, FleetMember[]>
  readonly #byBoot: Map<string, FleetMember[]>
  readonly #byDrive: Map<string, { member: FleetMember; bdf: string }[]>

  constructor(members: readonly FleetMember[]) {
    this.#byMachine = grouped(members, ({ machineId }) => (machineId === null ? [] : [machineId]))
    this.#byBoot = grouped(members, ({ bootId }) => (bootId === null ? [] : [bootId]))
    const drives = members.flatMap((member) => member.drives.map(({ bdf, who }) => ({ member, bdf, who })))
    this.#byDrive = grouped(drives, ({ who }) => [who])
  }

  /** A boot id is made anew by each kernel; machine-ids are copied with images. */
  sameMachine(one: FleetMember): Reason | null {
    const booted = other(this.#byBoot.get(one.bootId ?? ''), one)
    if (booted !== undefined) return reason('HOST_TWICE', { host: one.name, other: booted.name, by: 'boot' })
    const named = this.#byMachine.get(one.machineId ?? '') ?? []
    const unsure = named.find((fellow) => fellow !== one && (fellow.bootId === null || one.bootId === null))
    if (unsure !== undefined)
      return reason('HOST_TWICE', { host: one.name, other: unsure.name, by: 'machine' })
    const clone = other(named, one)
    return clone === undefined ? null : reason('MACHINE_ID_SHARED', { host: one.name, other: clone.name })
  }

  /** Drives that another host sees too, as long as one of the two is to hand it to SPDK. */
  sharedDrives(one: FleetMember, handedTo: ReadonlySet<string>): SharedDrive[] {
    return one.drives.flatMap(({ bdf, serial, who }) => {
      const elsewhere = (this.#byDrive.get(who) ?? []).find(
        ({ member, bdf: there }) =>
          member !== one && (handedTo.has(`${one.name} ${bdf}`) || handedTo.has(`${member.name} ${there}`)),
      )
      if (elsewhere === undefined) return []
      const { member, bdf: otherBdf } = elsewhere
      return [{ bdf, reason: reason('SERIAL_TWICE', { bdf, serial, other: member.name, otherBdf }) }]
    })
  }
}

function other(members: FleetMember[] | undefined, one: FleetMember): FleetMember | undefined {
  return members?.find((fellow) => fellow !== one)
}

function grouped<T>(list: readonly T[], keys: (one: T) => string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of list)
    for (const key of keys(one)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [one])
      else group.push(one)
    }
  return groups
}

import { absent, known } from '../probe/fact.ts'
import type { HostFacts, UnfinishedRun } from '../probe/facts.ts'
import type { Mishap } from './mishaps.ts'
import type { SimRun } from './sim-run.ts'

export interface SimHostSpec {
  /** Its name in the hosts file. */
  name: string
  /** What it has when it comes up. Never changed: hosts may share parts of it. */
  facts: HostFacts
  mishaps?: readonly Mishap[]
  /** What the hosts file declares for this host alone: YAML as it stands below the host's name, not indented. */
  declared?: string
}

/** A simulated host: what is built into it, and what the steps have made of it by now. */
export class SimHost {
  readonly name: string
  /** What it came up with: the drives that a driver finds when it is bound. */
  readonly hardware: HostFacts
  readonly mishaps: Mishap[]
  facts: HostFacts
  /** What it keeps of the runs that were begun on it, by id. */
  readonly runs = new Map<string, SimRun>()

  #boots = 1

  constructor(spec: SimHostSpec) {
    this.name = spec.name
    this.hardware = spec.facts
    this.facts = spec.facts
    this.mishaps = [...(spec.mishaps ?? [])]
  }

  /** What was loaded, bound and mounted at run time is gone; what is on the disk stays. */
  reboot(): void {
    const records = new Map(this.facts.drives.map(({ bdf, record }) => [bdf, record]))
    const drives = this.hardware.drives.map((drive) => ({
      ...drive,
      record: records.get(drive.bdf) ?? drive.record,
    }))
    this.facts = { ...this.hardware, drives, bootId: known(`boot-${++this.#boots}`) }
  }

  /** The facts as a probe that asks for these users sees them. */
  seenBy(users: readonly string[]): HostFacts {
    const asked = users.map((user) => [user, this.facts.users[user] ?? absent] as const)
    return { ...this.facts, users: Object.fromEntries(asked), unfinished: known(this.#unfinished()) }
  }

  /** Without a run whose own probe this is: that one has told its end. */
  #unfinished(): UnfinishedRun[] {
    return [...this.runs]
      .filter(([, { state }]) => state !== 'ended')
      .map(([run, { program, state, events }]) => {
        const last = events.findLast(({ subject }) => /^(?:step|undo)\//.test(subject))
        return {
          run,
          holder: program.holder,
          agent: state === 'gone' || state === 'other_boot' ? state : ('alive' as const),
          at: last === undefined ? null : `${last.subject} ${last.attribute}`,
        }
      })
      .sort((a, b) => (a.run < b.run ? -1 : 1))
  }
}

import { absent } from '../probe/fact.ts'
import type { HostFacts } from '../probe/facts.ts'
import type { Mishap } from './mishaps.ts'

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
  readonly mishaps: readonly Mishap[]
  facts: HostFacts

  constructor(spec: SimHostSpec) {
    this.name = spec.name
    this.hardware = spec.facts
    this.facts = spec.facts
    this.mishaps = spec.mishaps ?? []
  }

  /** The facts as a probe that asks for these users sees them. */
  seenBy(users: readonly string[]): HostFacts {
    const asked = users.map((user) => [user, this.facts.users[user] ?? absent] as const)
    return { ...this.facts, users: Object.fromEntries(asked) }
  }
}

import type { HostDeclaration } from '../../src/config/declaration.ts'
import { type HostSpec, hostFacts } from './facts.ts'
import { codes, plan, steps } from './planning.ts'

/** One host, what is declared of it, and what must come of that. A test as data. */
export interface Scenario {
  it: string
  host: HostSpec
  declare: HostDeclaration
  /** Codes of all reasons; none said: none may come. */
  says?: string[]
  /** Steps as `kind target`; none said: there may be none. */
  steps?: string[]
}

/** What comes of a scenario, in the shape of what must. */
export function outcomeOf({ host, declare }: Scenario): { says: string[]; steps: string[] } {
  const planned = plan(declare, hostFacts(host))
  return { says: codes(planned).sort(), steps: steps(planned) }
}

/** What must come of it. */
export function expected({ says = [], steps: wanted = [] }: Scenario): { says: string[]; steps: string[] } {
  return { says: says.toSorted(), steps: wanted }
}

import { driveGuards } from '../../src/plan/guards/index.ts'
import { hostGuards } from '../../src/plan/host-guards.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { hostFacts } from './facts.ts'
import { codes, stamp } from './planning.ts'
import type { Scenario } from './scenario.ts'

type Guards = Pick<Parameters<typeof planHost>[0], 'guards' | 'hostwide'>

/** All guards but one. */
export function without(guard: string): Guards {
  const { [guard]: _drive, ...guards } = driveGuards
  const { [guard]: _host, ...hostwide } = hostGuards
  return { guards, hostwide }
}

/** What comes of a scenario under these guards: whether the host is let through, and which codes are told. */
function judged({ declare, host }: Scenario, guards: Guards) {
  const plan = planHost({ declaration: declare, facts: hostFacts(host), stamp, ...guards })
  return { through: plan.outcome !== 'blocked', codes: codes(plan).sort().join(' ') }
}

/**
 * Scenarios that go wrong when a guard is left out: a host that must be refused is let through, or, where the guard
 * only warns, nobody is warned.
 */
export function caughtOnlyBy(
  guard: string,
  scenarios: readonly Scenario[],
): { through: Scenario[]; silent: Scenario[] } {
  const less = without(guard)
  const all = { guards: driveGuards, hostwide: hostGuards }
  return {
    through: scenarios.filter((one) => !judged(one, all).through && judged(one, less).through),
    silent: scenarios.filter((one) => judged(one, all).codes !== judged(one, less).codes),
  }
}

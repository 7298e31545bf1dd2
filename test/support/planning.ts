import type { HostDeclaration } from '../../src/config/declaration.ts'
import type { PlanStamp } from '../../src/plan/moves.ts'
import { allReasons, type HostPlan } from '../../src/plan/plan.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import type { HostFacts } from '../../src/probe/facts.ts'

export const stamp: PlanStamp = { id: '20260203T040506Z-test', at: '2026-02-03T04:05:06Z' }

/** The plan for a host, stamped alike in every test. */
export function plan(declaration: HostDeclaration, facts: HostFacts): HostPlan {
  return planHost({ declaration, facts, stamp })
}

/** The codes of all reasons of a plan, each once. */
export function codes(planned: HostPlan): string[] {
  return [...new Set(allReasons(planned).map(({ code }) => code))]
}

/** The steps of a plan as `kind target`. */
export function steps(planned: HostPlan): string[] {
  return planned.steps.map(({ kind, target }) => `${kind} ${target}`)
}

import type { HostFacts } from '../probe/facts.ts'
import type { Need } from './need.ts'
import type { StepAction } from './step.ts'

/**
 * Everything the planner knows of one kind of step. Pure; one file a kind in `plan/steps/`.
 */
export interface StepRule<A extends StepAction> {
  kind: A['kind']
  /** The actions of this kind that the need asks for, in the order in which they must run. */
  plan(need: Need): A[]
  /** What the step works on, short: `/data`, `0000:5e:00.0`, `node0/2M`. */
  target(action: A): string
  /** One line, in the words of somebody who would do it by hand. */
  summary(action: A): string
  /** The arguments that `agent/steps/<kind>.sh` takes, in its order. */
  args(action: A): string[]
  /** The facts after the step, from the facts before it. */
  predict(facts: HostFacts, action: A): HostFacts
  /** The actions that take the step back, in order; empty where there is nothing to take back. */
  undo(action: A): StepAction[]
}

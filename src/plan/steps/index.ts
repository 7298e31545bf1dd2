import type { HostFacts } from '../../probe/facts.ts'
import type { ActionOf, Step, StepAction, StepKind } from '../step.ts'
import type { StepRule } from '../step-rule.ts'
import { bindRule } from './bind.ts'
import { closeRule } from './close.ts'
import { forgetRule } from './forget.ts'
import { hugepagesRule } from './hugepages.ts'
import { moduleRule } from './module.ts'
import { mountRule } from './mount.ts'
import { openRule } from './open.ts'
import { overrideRule } from './override.ts'
import { ownerRule } from './owner.ts'
import { recordRule } from './record.ts'
import { settleRule } from './settle.ts'
import { swapoffRule } from './swapoff.ts'
import { swaponRule } from './swapon.ts'
import { umountRule } from './umount.ts'
import { unbindRule } from './unbind.ts'

/** Every step kind, once. A new kind is one file here, one in `agent/steps/`, and one line in this table. */
const rules: { [K in StepKind]: StepRule<ActionOf<K>> } = {
  module: moduleRule,
  hugepages: hugepagesRule,
  swapoff: swapoffRule,
  umount: umountRule,
  close: closeRule,
  record: recordRule,
  override: overrideRule,
  unbind: unbindRule,
  bind: bindRule,
  settle: settleRule,
  open: openRule,
  mount: mountRule,
  swapon: swaponRule,
  forget: forgetRule,
  owner: ownerRule,
}

/** The rule of a kind. Its methods take the action of that kind only: pass the one you asked with. */
export function ruleOf(kind: StepKind): StepRule<StepAction> {
  return rules[kind]
}

export const stepKinds = Object.keys(rules) as StepKind[]

/** The facts after these steps, in order. Pure: it is also the simulated kernel and what verify expects. */
export function predict(facts: HostFacts, actions: readonly StepAction[]): HostFacts {
  return actions.reduce((now, action) => ruleOf(action.kind).predict(now, action), facts)
}

/** The actions that take one step back, in order. */
export function undoOf(action: StepAction): StepAction[] {
  return ruleOf(action.kind).undo(action)
}

/** The actions that take these steps back, last one first. */
export function undoAll(actions: readonly StepAction[]): StepAction[] {
  return actions.toReversed().flatMap(undoOf)
}

/** The arguments for the agent's shell function of the action's kind. */
export function argsOf(action: StepAction): string[] {
  return ruleOf(action.kind).args(action)
}

/** A step as it stands in a plan. */
export function stepOf(id: number, action: StepAction): Step {
  const rule = ruleOf(action.kind)
  return { id, kind: action.kind, target: rule.target(action), summary: rule.summary(action), action }
}

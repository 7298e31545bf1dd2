import { known, seen } from '../../probe/fact.ts'
import type { HostFacts, KernelModule } from '../../probe/facts.ts'
import { modulesOf } from '../driver-choice.ts'
import type { Need } from '../need.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const moduleRule: StepRule<ActionOf<'module'>> = {
  kind: 'module',
  plan: (need) =>
    modulesFor(need)
      .filter((module) => seen(need.facts.modules[module]) === 'available')
      .map((module) => ({ kind: 'module', module, to: 'loaded' })),
  target: (action) => action.module,
  summary: (action) =>
    action.to === 'loaded' ? `load kernel module ${action.module}` : `unload kernel module ${action.module}`,
  args: (action) => [action.module, action.to],
  predict: (facts, action) =>
    withModule(facts, action.module, action.to === 'loaded' ? 'loaded' : 'available'),
  undo: (action) => [{ ...action, to: action.to === 'loaded' ? 'unloaded' : 'loaded' }],
}

function modulesFor(need: Need): KernelModule[] {
  const drivers = [...new Set(need.moves.map((move) => move.driver))].sort()
  return drivers.flatMap(modulesOf)
}

function withModule(facts: HostFacts, module: KernelModule, state: 'loaded' | 'available'): HostFacts {
  return { ...facts, modules: { ...facts.modules, [module]: known(state) } }
}

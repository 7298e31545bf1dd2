import { absent, type Fact, known, seen } from '../../probe/fact.ts'
import type { Drive, HostFacts, KernelModule } from '../../probe/facts.ts'
import { modulesOf } from '../driver-choice.ts'
import { withDrive } from '../facts-update.ts'
import type { Need } from '../need.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'
import { onNvme } from './bind.ts'

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
  predict: (facts, action) => {
    const loaded = action.to === 'loaded'
    const after = withModule(facts, action.module, loaded ? 'loaded' : 'available')
    if (action.module !== 'nvme') return after
    return loaded ? withUnboundTaken(after) : withNvmeLetGo(after)
  },
  undo: (action) => [{ ...action, to: action.to === 'loaded' ? 'unloaded' : 'loaded' }],
}

function modulesFor(need: Need): KernelModule[] {
  const drivers = [...new Set(need.moves.map((move) => move.driver))].sort()
  return drivers.flatMap(modulesOf)
}

function withModule(facts: HostFacts, module: KernelModule, state: 'loaded' | 'available'): HostFacts {
  return { ...facts, modules: { ...facts.modules, [module]: known(state) } }
}

/** Drives without a driver that nvme takes as soon as it is loaded, declared or not: the kernel offers them all to it. */
export function takenByNvme({ drives }: HostFacts): Drive[] {
  const free = (override: Fact<string>) => override.state === 'absent' || seen(override) === 'nvme'
  return drives.filter(({ driver, driverOverride }) => driver.state === 'absent' && free(driverOverride))
}

function withUnboundTaken(facts: HostFacts): HostFacts {
  let now = facts
  for (const { bdf, record } of takenByNvme(facts)) {
    const before = now
    now = withDrive(before, bdf, (drive) => onNvme(drive, seen(record), before))
  }
  return now
}

function withNvmeLetGo(facts: HostFacts): HostFacts {
  const letGo = (drive: Drive): Drive =>
    seen(drive.driver) === 'nvme' ? { ...drive, driver: absent, controller: absent, namespaces: [] } : drive
  return { ...facts, drives: facts.drives.map(letGo) }
}

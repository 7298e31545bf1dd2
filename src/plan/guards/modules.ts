import type { Reason } from '../../reasons/reason.ts'
import { reason } from '../../reasons/registry.ts'
import type { DriveCase, DriveGuard } from '../drive-case.ts'
import { modulesOf } from '../driver-choice.ts'
import { autoloadObstacle, loadObstacle } from '../host-config/modprobe.ts'

/** Modules that have to be loaded must be allowed to. One that is in the kernel already is not stopped any more. */
export const modulesGuard: DriveGuard = (one) => {
  const { facts, target, current } = one
  if (current === target) return []
  const toLoad = modulesOf(target).filter((module) => {
    const state = facts.modules[module]
    return state.state === 'known' && state.value === 'available'
  })
  return toLoad.flatMap((module) => {
    const said = loadObstacle(module, facts)
    return said === null ? afterwards(one, module) : [reason('MODULE_BLOCKED', { module, said })]
  })
}

/** Our modprobe is not kept by a blacklist, but the next boot is. */
function afterwards({ drive: { bdf }, want, facts }: DriveCase, module: string): Reason[] {
  const said = want === 'kernel' ? autoloadObstacle(module, facts) : null
  return said === null ? [] : [reason('MODULE_BLACKLISTED', { module, bdf, said })]
}

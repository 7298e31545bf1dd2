import type { Call, Program, ProgramStep, Recheck } from '../agent/program.ts'
import type { HostPlan } from '../plan/plan.ts'
import { drivesOf, type Step } from '../plan/step.ts'
import { argsOf, undoOf } from '../plan/steps/index.ts'
import { seen } from '../probe/fact.ts'

/** The steps of a plan as the program that its host carries out: exactly these, each with what takes it back. */
export function programOf(
  plan: HostPlan,
  envelope: { nonce: string; run: string; holder: string; users: string[] },
): Program {
  return {
    ...envelope,
    rechecks: plan.devices.flatMap((device) => recheckOf(device, plan.steps)),
    steps: plan.steps.map(programStep),
  }
}

function programStep({ id, action }: Step): ProgramStep {
  const call = (of: Step['action']): Call => [of.kind, ...argsOf(of)]
  return { id, call: call(action), undo: undoOf(action).map(call) }
}

/** Every drive that a step touches must still be the one that was planned for. */
function recheckOf({ bdf, drive }: HostPlan['devices'][number], steps: Step[]): Recheck[] {
  const touched = steps.some(({ action }) => drivesOf(action).includes(bdf))
  if (!touched || drive === null) return []
  const serial = drive.controller.state === 'known' ? drive.controller.value.serial : ''
  return [{ bdf, driver: seen(drive.driver) ?? '', serial }]
}

import type { Call, Program, ProgramStep } from '../../src/agent/program.ts'
import type { StepAction } from '../../src/plan/step.ts'
import { argsOf, undoOf } from '../../src/plan/steps/index.ts'

/** A program of these actions, each with its undo, as a plan has them. */
export function programOf(actions: StepAction[], more: Partial<Program> = {}): Program {
  return {
    nonce: 'n1',
    run: 'run-1',
    holder: 'eve@desk since noon',
    rechecks: [],
    users: [],
    steps: actions.map(stepOf),
    ...more,
  }
}

function stepOf(action: StepAction, index: number): ProgramStep {
  const call = (of: StepAction): Call => [of.kind, ...argsOf(of)]
  return { id: index + 1, call: call(action), undo: undoOf(action).map(call) }
}

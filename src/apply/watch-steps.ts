import type { Emit } from '../events/events.ts'
import type { HostPlan } from '../plan/plan.ts'
import type { StepEvent } from './step-event.ts'

/** Tells views what a host does, and keeps which of its steps changed something. */
export interface StepWatch {
  onEvent: (event: StepEvent) => void
  /** Ids of the steps that were done on the way forward, in their order; grows while the host works. */
  readonly done: number[]
}

/** A host that is attached to again tells everything from the start: what was told before is not told twice. */
export function watchSteps(plan: HostPlan, emit: Emit): StepWatch {
  const done: number[] = []
  const told = new Set<string>()
  return {
    done,
    onEvent(event) {
      const key = JSON.stringify(event)
      if (told.has(key)) return
      told.add(key)
      if (event.kind === 'step' && event.direction === 'forward' && event.progress === 'done')
        done.push(event.step)
      tell(event, plan, emit)
    },
  }
}

function tell(event: StepEvent, plan: HostPlan, emit: Emit): void {
  if (event.kind === 'note') {
    emit({ type: 'note', host: plan.name, message: event.text })
    return
  }
  const step = plan.steps.find(({ id }) => id === event.step)
  if (step === undefined) return
  const { id, kind, summary } = step
  const state =
    event.progress === 'failed' || event.progress === 'hung'
      ? { state: event.progress, message: event.text }
      : { state: event.progress }
  const run = event.direction === 'forward' ? 'do' : 'undo'
  emit({ type: 'step', host: plan.name, run, id, kind, summary, state })
}

import type { Program } from '../agent/program.ts'
import { Sheet } from '../probe/sheet.ts'
import type { WireLine } from '../probe/wire.ts'
import { type HostOutcome, readAnswerLine, type StepEvent } from './step-event.ts'

/** How a step ended on the way forward, when it did not end well. */
export interface FailedStep {
  id: number
  kind: string
  how: 'failed' | 'hung'
  /** One line: what was seen, with the kernel's own words. */
  message: string
}

/** What a host has said so far. A host is a stranger: what does not fit the program sent to it is never believed. */
export class Answer {
  /** The lines of the final probe. */
  readonly sheet = new Sheet()
  outcome: HostOutcome | undefined
  reason = ''
  /** Why there was no final probe, if the host said so. */
  noFacts: string | undefined
  failed: FailedStep | undefined
  /** The step that was begun last, forward or back. */
  lastStep: number | null = null
  /** What in the answer made no sense, the first of it. */
  nonsense: string | undefined
  readonly #program: Program
  readonly #onEvent: (event: StepEvent) => void
  /** The steps that are taken back, once that was begun; not the way back of a step that failed. */
  takenBack: number[] | undefined
  readonly #begun = new Set<number>()
  readonly #done = new Set<number>()
  #events = 0
  /** A step and each of its undo calls begin and end once; a few notes may come on top. */
  readonly #most: number
  readonly #over = new Set<number>()
  readonly #undone = new Map<number, boolean>()

  constructor(program: Program, onEvent: (event: StepEvent) => void) {
    this.#program = program
    this.#onEvent = onEvent
    this.#most = 20 + program.steps.reduce((sum, { undo }) => sum + 4 * (1 + undo.length), 0)
  }

  add(line: WireLine): void {
    if (this.nonsense !== undefined) return
    const read = readAnswerLine(line)
    switch (read.kind) {
      case 'fact':
        this.sheet.add(line)
        return
      case 'event':
        this.#event(read.event)
        return
      case 'back':
        this.takenBack = read.steps
        this.reason = ''
        this.#undone.clear()
        return
      case 'outcome':
        this.outcome = read.outcome
        return
      case 'reason':
        this.reason = read.text
        return
      case 'no_facts':
        this.noFacts = read.why
        return
      case 'nonsense':
        this.nonsense = `${line.subject} ${line.attribute} ${line.value}`
    }
  }

  /** Ids of the steps that were taken back, all of each. */
  get undone(): number[] {
    return [...this.#undone].filter(([, whole]) => whole).map(([id]) => id)
  }

  /** Ids of the steps that were begun, without those that needed nothing. */
  get begun(): number[] {
    return [...this.#begun]
  }

  /** Ids of the steps that were proven done. */
  get done(): number[] {
    return [...this.#done]
  }

  /** What the outcome claims that the events before it do not bear out; undefined if all is well. */
  contradiction(): string | undefined {
    const missing = this.#program.steps.find((step) => !this.#over.has(step.id))
    if (this.outcome === undefined) return 'it ends without an outcome'
    if (this.takenBack !== undefined) return this.#backContradiction(this.takenBack)
    if (this.outcome === 'applied' && missing) return `it says applied, but step ${missing.id} was not done`
    if (this.outcome === 'applied' && this.failed) return `it says applied, but step ${this.failed.id} failed`
    if (this.outcome === 'rolled_back' && !this.failed) return 'it says rolled_back, but no step failed'
    return undefined
  }

  #backContradiction(ids: number[]): string | undefined {
    const undone = this.undone
    const missing = this.#program.steps.find(
      ({ id, undo }) => ids.includes(id) && undo.length > 0 && !undone.includes(id),
    )
    if (this.outcome === 'applied') return 'it says applied, but it was taken back'
    if (this.outcome === 'rolled_back' && missing)
      return `it says rolled_back, but step ${missing.id} was not taken back`
    return undefined
  }

  #event(event: StepEvent): void {
    this.#events += 1
    if (this.#events > this.#most) {
      this.nonsense = `more than ${this.#most} events, for ${this.#program.steps.length} steps`
      return
    }
    if (event.kind === 'step') {
      const step = this.#program.steps.find(({ id }) => id === event.step)
      if (step === undefined) {
        this.nonsense = `step ${event.step}, which was never asked for`
        return
      }
      if (event.progress === 'begin') {
        this.lastStep = event.step
        if (event.direction === 'forward') this.#begun.add(event.step)
      } else if (event.direction === 'back') this.#tookBack(event.step, event.progress)
      else this.#ended(step.id, step.call[0], event.progress, event.text)
    }
    this.#onEvent(event)
  }

  #ended(id: number, kind: string, how: 'done' | 'noop' | 'failed' | 'hung', message: string): void {
    if (how === 'failed' || how === 'hung') this.failed ??= { id, kind, how, message }
    else this.#over.add(id)
    if (how === 'done') this.#done.add(id)
    if (how === 'noop') this.#begun.delete(id)
  }

  #tookBack(id: number, how: string): void {
    this.#undone.set(id, (this.#undone.get(id) ?? true) && how !== 'failed' && how !== 'hung')
  }
}

import type { WireLine } from '../probe/wire.ts'

/** What a host says while it carries a program out; the grammar is in agent/program.ts. */
export type StepEvent =
  | { kind: 'step'; direction: 'forward' | 'back'; step: number; progress: StepProgress; text: string }
  /** Something worth telling that is no step: a stale lock was taken over. */
  | { kind: 'note'; text: string }

/** `hung`: the kernel has not come back from it, and no signal reaches whoever waits. */
export type StepProgress = 'begin' | 'done' | 'noop' | 'failed' | 'hung'

/** The end of a run as the host tells it. */
export type HostOutcome = 'applied' | 'rolled_back' | 'failed' | 'refused' | 'locked'

/** One line of an answer, told apart. `fact`: a line of the final probe. */
export type AnswerLine =
  | { kind: 'event'; event: StepEvent }
  | { kind: 'outcome'; outcome: HostOutcome }
  | { kind: 'reason'; text: string }
  | { kind: 'no_facts'; why: string }
  /** From here on these steps are taken back. */
  | { kind: 'back'; steps: number[] }
  | { kind: 'progress' }
  | { kind: 'fact' }
  | { kind: 'nonsense' }

/** Nobody reads more of what a kernel or a tool has to say; a lying host may send a megabyte. */
const LONGEST_TEXT = 4096

export function readAnswerLine(told: WireLine): AnswerLine {
  const { subject, attribute } = told
  const value = told.value.slice(0, LONGEST_TEXT)
  const line = { ...told, value }
  if (subject === 'run') return readRunLine(line)
  if (subject === 'recheck') return { kind: 'progress' }
  if (subject === 'lock') {
    return attribute === 'stale'
      ? { kind: 'event', event: { kind: 'note', text: value } }
      : { kind: 'progress' }
  }
  const step = /^(step|undo)\/(\d{1,9})$/.exec(subject)
  if (step === null) return { kind: 'fact' }
  if (!isProgress(attribute)) return { kind: 'nonsense' }
  const direction = step[1] === 'step' ? 'forward' : 'back'
  return {
    kind: 'event',
    event: { kind: 'step', direction, step: Number(step[2]), progress: attribute, text: value },
  }
}

function readRunLine({ attribute, value }: WireLine): AnswerLine {
  switch (attribute) {
    case 'begin':
    case 'holder':
    case 'session':
      return { kind: 'progress' }
    case 'back':
      return readBack(value)
    case 'reason':
      return { kind: 'reason', text: value }
    case 'facts':
      return { kind: 'no_facts', why: value }
    case 'outcome':
      return isOutcome(value) ? { kind: 'outcome', outcome: value } : { kind: 'nonsense' }
    default:
      return { kind: 'nonsense' }
  }
}

function readBack(ids: string): AnswerLine {
  if (!/^(?:\d{1,9}(?: \d{1,9})*)?$/.test(ids)) return { kind: 'nonsense' }
  return { kind: 'back', steps: ids === '' ? [] : ids.split(' ').map(Number) }
}

const progresses: readonly string[] = ['begin', 'done', 'noop', 'failed', 'hung'] satisfies StepProgress[]
const outcomes: readonly string[] = [
  'applied',
  'rolled_back',
  'failed',
  'refused',
  'locked',
] satisfies HostOutcome[]

const isProgress = (text: string): text is StepProgress => progresses.includes(text)
const isOutcome = (text: string): text is HostOutcome => outcomes.includes(text)

import type { Call, Program, ProgramStep } from './program.ts'
import { shQuote } from './quote.ts'

/** The line with which a rendered program begins, wherever in a script it stands. */
export const PROGRAM_BEGIN = 'program_rechecks() {'

/**
 * A program as shell text: three functions for agent/run.sh, and the call that starts it. Every value is one quoted
 * word. The whole of it is read before any of it runs, and then it runs without the standard input it came by.
 * Throws a TypeError where no shell or journal could hold a value.
 */
export function renderProgram(program: Program, options: { root?: string } = {}): string {
  checkNames(program)
  const { nonce, run, holder, users } = program
  return [
    PROGRAM_BEGIN,
    ...body(program.rechecks.map(({ bdf, driver, serial }) => line('recheck', [bdf, driver, serial]))),
    'program_forward() {',
    ...body(program.steps.map((step) => callLine('step', step, step.call))),
    'program_back() {',
    ...body(
      program.steps.toReversed().flatMap((step) => step.undo.map((call) => callLine('undo', step, call))),
    ),
    `${line('apply_main', [options.root ?? '', nonce, run, holder, ...users])} </dev/null`,
    '',
  ].join('\n')
}

/** An empty function is a syntax error. */
function body(lines: string[]): string[] {
  return [...lines, ':', '}']
}

function callLine(word: 'step' | 'undo', step: ProgramStep, [kind, ...args]: Call): string {
  return `${word} ${step.id} ${[kind, ...args].map(shQuote).join(' ')}`
}

function line(word: string, args: string[]): string {
  return `${word} ${args.map(shQuote).join(' ')}`
}

/** The run names a file on the host, and the holder is one line of another. */
function checkNames(program: Program): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(program.run)) {
    throw new TypeError(`a run's id must be able to name a file: ${JSON.stringify(program.run)}`)
  }
  if (/[\n\0]/.test(program.holder)) throw new TypeError('the holder of a lock must be one line')
  const kinds = program.steps.flatMap((step) => [step.call, ...step.undo]).map(([kind]) => kind)
  const odd = kinds.find((kind) => !/^[a-z][a-z_]*$/.test(kind))
  if (odd !== undefined) throw new TypeError(`a step kind must be a shell name: ${JSON.stringify(odd)}`)
}

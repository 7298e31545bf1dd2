import type { Call, Program, ProgramStep } from './program.ts'
import { shQuote } from './quote.ts'

/** The line with which a rendered program begins. */
const PROGRAM_BEGIN = 'program_rechecks() {'

/**
 * A program as shell text: three functions for agent/run.sh, and the call that sets to work. Every value is one
 * quoted word. The host keeps this text for as long as it knows of the run. The nonce is not part of it: that is of
 * one connection only. Throws a TypeError where no shell or journal could hold a value.
 */
export function renderProgram(program: Program): string {
  checkNames(program)
  const { run, holder, users } = program
  return [
    PROGRAM_BEGIN,
    ...body(program.rechecks.map(({ bdf, driver, serial }) => line('recheck', [bdf, driver, serial]))),
    'program_forward() {',
    ...body(program.steps.map((step) => callLine('step', step, step.call))),
    'program_back() {',
    ...body(
      program.steps.toReversed().flatMap((step) => step.undo.map((call) => callLine('undo', step, call))),
    ),
    line('carry_out', [run, holder, ...users]),
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

function checkNames(program: Program): void {
  checkRun(program.run)
  checkHolder(program.holder)
  const kinds = program.steps.flatMap((step) => [step.call, ...step.undo]).map(([kind]) => kind)
  const odd = kinds.find((kind) => !/^[a-z][a-z_]*$/.test(kind))
  if (odd !== undefined) throw new TypeError(`a step kind must be a shell name: ${JSON.stringify(odd)}`)
}

/** The run names a folder on the host. */
export function checkRun(run: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(run))
    throw new TypeError(`a run's id must be able to name a file: ${JSON.stringify(run)}`)
}

/** The holder is one line of several files. */
export function checkHolder(holder: string): void {
  if (/[\n\0]/.test(holder)) throw new TypeError('the holder of a lock must be one line')
}

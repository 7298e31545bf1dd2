import type { Call, Program, ProgramStep, Recheck } from './program.ts'
import { renderProgram } from './render-program.ts'
import { type Command, splitCommands } from './split-commands.ts'

/**
 * The exact inverse of `renderProgram`; undefined for any other text, down to a blank too many: a host may keep what
 * it likes, and nothing but a program is taken for one. `nonce` is that of the connection.
 */
export function parseProgram(text: string, nonce: string): Program | undefined {
  const commands = splitCommands(text)
  const program = commands && assemble(commands, nonce)
  return program !== undefined && rendered(program) === text ? program : undefined
}

function rendered(program: Program): string | undefined {
  try {
    return renderProgram(program)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function assemble(commands: Command[], nonce: string): Program | undefined {
  const rechecks: Recheck[] = []
  const steps: ProgramStep[] = []
  for (const { word, args } of commands) {
    const [first = '', ...rest] = args
    switch (word) {
      case 'recheck':
        rechecks.push({ bdf: first, driver: rest[0] ?? '', serial: rest[1] ?? '' })
        break
      case 'step':
        steps.push({ id: Number(first), call: callOf(rest), undo: [] })
        break
      case 'undo':
        steps.find((step) => step.id === Number(first))?.undo.push(callOf(rest))
        break
      case 'carry_out': {
        const [holder = '', ...users] = rest
        return { nonce, run: first, holder, rechecks, steps, users }
      }
    }
  }
  return undefined
}

function callOf([kind = '', ...args]: string[]): Call {
  return [kind, ...args]
}

import type { Call, Program, ProgramStep, Recheck } from './program.ts'
import { shUnquote } from './quote.ts'
import { PROGRAM_BEGIN } from './render-program.ts'

/**
 * The exact inverse of `renderProgram`; undefined when there is no program in the text. The text may be a whole
 * script with a program at its end. Arguments cannot pass for structure: the text is read word by word.
 */
export function parseProgram(text: string): Program | undefined {
  const start = `\n${text}`.indexOf(`\n${PROGRAM_BEGIN}\n`)
  const commands = start < 0 ? undefined : splitCommands(text.slice(start))
  return commands === undefined ? undefined : assemble(commands)
}

/** One line of shell: its words, unquoted. */
type Command = { word: string; args: string[] }

const word = /(?:'(?:[^'\0]|'\\'')*'|[^\s']+)/y

/** Undefined when the text is more than bare and quoted words. */
function splitCommands(text: string): Command[] | undefined {
  const commands: Command[] = []
  let words: string[] = []
  for (let at = 0; at < text.length; ) {
    word.lastIndex = at
    const match = word.exec(text)?.[0]
    if (match === undefined) return undefined
    const value = match.startsWith("'") ? shUnquote(match) : match
    if (value === undefined) return undefined
    words.push(value)
    at += match.length + 1
    const separator = text[at - 1]
    if (separator === '\n') {
      const [first = '', ...args] = words
      commands.push({ word: first, args })
      words = []
    } else if (separator !== ' ') return undefined
  }
  return words.length === 0 ? commands : undefined
}

function assemble(commands: Command[]): Program | undefined {
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
      case 'apply_main': {
        const [nonce = '', run = '', holder = '', ...users] = rest.slice(0, -1)
        return { nonce, run, holder, rechecks, steps, users }
      }
    }
  }
  return undefined
}

function callOf([kind = '', ...args]: string[]): Call {
  return [kind, ...args]
}

import { shUnquote } from './quote.ts'

/** One line of shell: its words, unquoted. */
export type Command = { word: string; args: string[] }

const word = /(?:'(?:[^'\0]|'\\'')*'|[^\s']+)/y

/** Shell text that is bare and quoted words only, line by line; undefined when it is more. Arguments cannot pass for structure. */
export function splitCommands(text: string): Command[] | undefined {
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

import { parseProgram } from '../agent/parse-program.ts'
import type { Program } from '../agent/program.ts'
import { shUnquote } from '../agent/quote.ts'

/** What a script from `probeScript` or `applyScript` asks of a host. */
export type Script =
  | { kind: 'probe'; nonce: string; users: string[] }
  | { kind: 'apply'; program: Program }
  | { kind: 'other' }

/** Tells by the last line, where all that comes before is put to work. */
export function readScript(text: string): Script {
  const lastLine = text.slice(text.lastIndexOf('\n', text.length - 2) + 1)
  if (lastLine.startsWith('probe_main ')) return readProbe(lastLine)
  const program = parseProgram(text)
  return program === undefined ? { kind: 'other' } : { kind: 'apply', program }
}

/** `probe_main NONCE ROOT USER… </dev/null`. */
function readProbe(line: string): Script {
  const words = line.match(/'(?:[^']|'\\'')*'/g) ?? []
  const [nonce, _root, ...users] = words.map((word) => shUnquote(word) ?? '')
  return nonce === undefined ? { kind: 'other' } : { kind: 'probe', nonce, users }
}

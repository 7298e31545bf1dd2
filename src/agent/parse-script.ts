import { parseProgram } from './parse-program.ts'
import type { Program } from './program.ts'
import { splitCommands } from './split-commands.ts'

/** What a script of ours asks of a host. The simulated hosts understand no other. */
export type Script =
  | { kind: 'probe'; nonce: string; users: string[] }
  | { kind: 'apply'; program: Program }
  | { kind: 'back'; program: Program; ids: number[]; holder: string }
  | { kind: 'attach'; nonce: string; run: string; seconds: number; users: string[] }
  | { kind: 'lock'; nonce: string; does: 'look' | 'remove' }
  | { kind: 'other' }

/** Tells by the last call, where all that comes before is put to work. The inverse of `probeScript`, `applyScript` and their like. */
export function parseScript(text: string): Script {
  const at = text.search(/^(?:probe|apply|back|attach|lock)_main '/m)
  const [call, more] = (at < 0 ? undefined : splitCommands(text.slice(at))) ?? []
  if (call === undefined || more !== undefined || call.args.at(-1) !== '</dev/null') return { kind: 'other' }
  // The root is for tests.
  const [, nonce = '', ...words] = call.args.slice(0, -1)
  switch (call.word) {
    case 'probe_main':
      return readProbe(call.args.slice(0, -1))
    case 'apply_main': {
      const program = parseProgram(words[2] ?? '', nonce)
      return program === undefined ? { kind: 'other' } : { kind: 'apply', program }
    }
    case 'back_main': {
      const [, holder = '', rendered = '', ...ids] = words
      const program = parseProgram(rendered, nonce)
      return program === undefined
        ? { kind: 'other' }
        : { kind: 'back', program, ids: ids.map(Number), holder }
    }
    case 'attach_main': {
      const [run = '', seconds, ...users] = words
      return { kind: 'attach', nonce, run, seconds: Number(seconds), users }
    }
    default:
      return { kind: 'lock', nonce, does: words[0] === 'remove' ? 'remove' : 'look' }
  }
}

/** `probe_main NONCE ROOT USER…`. */
function readProbe([nonce = '', _root, ...users]: string[]): Script {
  return { kind: 'probe', nonce, users }
}

import { ProvisionError } from '../errors.ts'
import { printableLines } from '../views/printable.ts'
import type { Output } from './terminal.ts'

/** An error that stopped a command: what a user can act on in words, a bug of ours with its stack. */
export function reportError(error: unknown, stderr: Output): void {
  if (!(error instanceof ProvisionError)) {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
    stderr.write(`This is a bug in provision, please report it:\n${printableLines(trace)}\n`)
    return
  }
  // Configuration problems bring their own file:line:column.
  const text = error.code === 'CONFIG_INVALID' ? error.message : `Error: ${error.message} [${error.code}]`
  const hint = error.hint === undefined ? '' : `→ ${error.hint}\n`
  // Whatever a host or a file had a hand in: no view has made it safe before.
  stderr.write(printableLines(`${text}\n${hint}`))
}

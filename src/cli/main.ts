#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { EXIT } from './exit-code.ts'
import { keepHeapSmall } from './heap.ts'
import { buildProgram } from './program.ts'
import { reportError } from './report-error.ts'
import type { Terminal } from './terminal.ts'

/** Runs one command line (without `node` and the script) and resolves to its exit code. Never throws. */
export async function main(argv: string[], terminal: Terminal): Promise<number> {
  let code: number = EXIT.ok
  const done = (result: number) => {
    code = result
  }
  const program = buildProgram(terminal, done, (again) => main(again, terminal))
  try {
    await program.parseAsync(withNumbersAsWords(argv), { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    reportError(error, terminal.stderr)
    return EXIT.usage
  }
}

/** `explain -19` asks for what SPDK answers; it is no option. */
function withNumbersAsWords(argv: string[]): string[] {
  return argv[0] === 'explain' && /^-\d+$/.test(argv[1] ?? '') ? ['explain', '--', ...argv.slice(1)] : argv
}

const script = process.argv[1]
if (script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url)) {
  keepHeapSmall()
  // Nobody reads any more (`… | head`): the work goes on to its end, and the exit code still tells how it went.
  for (const output of [process.stdout, process.stderr])
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  process.exitCode = await main(process.argv.slice(2), process)
}

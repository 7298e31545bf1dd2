import { builtMain, median, wallOf } from './run-cli.ts'
import type { Row } from './table.ts'

/** Start-up of `provision --help` against the bare runtime, turn by turn so that both meet the same noise. */
export async function startup(): Promise<Row[]> {
  const help: number[] = []
  const bare: number[] = []
  for (let turn = 0; turn < 15; turn += 1) {
    bare.push(await wallOf(['-e', '0']))
    help.push(await wallOf([builtMain, '--help']))
  }
  const ratio = median(help) / median(bare)
  return [
    {
      what: 'start-up of `provision --help` against `node -e 0`',
      figure: `${ratio.toFixed(2)} × (${median(help).toFixed(0)} ms : ${median(bare).toFixed(0)} ms)`,
      aim: 'under 2 ×',
      met: ratio < 2,
    },
  ]
}

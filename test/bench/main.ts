import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fleet } from './fleet.ts'
import { guest } from './guest.ts'
import { probeProcesses } from './probe-processes.ts'
import { startup } from './startup.ts'
import { type Row, renderTable } from './table.ts'

/** `npm run bench [NAME…] [--write]`: ratios measured in this one run; `--write` puts the table into docs/performance.md. */
const benches: Record<string, () => Promise<Row[]>> = {
  startup,
  'probe-processes': probeProcesses,
  fleet,
  guest,
}

const args = process.argv.slice(2)
const names = args.filter((arg) => !arg.startsWith('--'))
const rows: Row[] = []
for (const [name, bench] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue
  process.stderr.write(`${name} …\n`)
  rows.push(...(await bench()))
}
process.stdout.write(renderTable(rows))
if (args.includes('--write')) await writeResults(renderTable(rows))

async function writeResults(table: string): Promise<void> {
  const file = new URL('../../docs/performance.md', import.meta.url)
  const text = await readFile(file, 'utf8')
  const machine = `Measured on ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} cores.`
  const results = `<!-- results -->\n${machine}\n\n${table}<!-- /results -->`
  await writeFile(
    file,
    text.replace(/<!-- results -->[\s\S]*<!-- \/results -->/, () => results),
  )
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { labScenarios } from '../test/lab/guard-scenarios.ts'
import { hostGuardScenarios } from '../test/plan/guards/host.ts'
import { guardScenarios } from '../test/plan/guards/index.ts'
import { caughtOnlyBy } from '../test/support/mutation.ts'

/**
 * Writes the table of docs/safety.md from the guards and their tests: `npm run safety`. What stands outside the marks
 * is written by hand.
 */
const path = fileURLToPath(new URL('../docs/safety.md', import.meta.url))
const [begin, end] = ['<!-- guards -->', '<!-- end of guards -->']

function table(): string {
  const rows = Object.entries({ ...guardScenarios, ...hostGuardScenarios }).map(([guard, scenarios]) => {
    const { through, silent } = caughtOnlyBy(guard, scenarios)
    const codes = [...new Set(scenarios.flatMap(({ says = [] }) => says))].sort().map((code) => `\`${code}\``)
    const missed = through.length > 0 ? `${through.length} let through` : `${silent.length} not warned of`
    return `| ${guard} | ${codes.join(' ')} | ${scenarios.length} | ${missed} | ${inLab(guard)} |`
  })
  return [
    '| guard | says | scenarios | without it | on a real kernel |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

/** Throws when the test that is named is not there: the table must not claim what nobody runs. */
function inLab(guard: string): string {
  const where = labScenarios[guard]
  if (where === undefined) throw new Error(`nobody says where ${guard} is seen in the lab`)
  if ('none' in where) return `no: ${where.none}`
  const file = new URL(`../test/lab/${where.suite}.lab.ts`, import.meta.url)
  if (!existsSync(file) || !readFileSync(file, 'utf8').includes(where.title))
    throw new Error(`${where.suite}.lab.ts has no test "${where.title}"`)
  return `${where.suite}: ${where.title}`
}

function withTable(text: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < 0) throw new Error('docs/safety.md has lost its marks')
  return `${text.slice(0, from + begin.length)}\n\n${table()}\n\n${text.slice(to)}`
}

/** Whether docs/safety.md has the table as the tests are now. */
export function safetyDocIsCurrent(): boolean {
  const text = readFileSync(path, 'utf8')
  return text === withTable(text)
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(path, withTable(readFileSync(path, 'utf8')))

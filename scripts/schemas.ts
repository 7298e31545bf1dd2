/**
 * Writes schemas/*.schema.json from the zod schemas. With `--check` it writes nothing and fails when they differ.
 * Usage: tsx scripts/schemas.ts [--check] [FOLDER]
 */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { jsonSchemaText, schemaNames } from '../src/config/json-schema.ts'
import { documentNames, documentSchemaText } from '../src/views/json/json-schema.ts'

const args = process.argv.slice(2)
const check = args.includes('--check')
const folder =
  args.find((arg) => !arg.startsWith('-')) ?? fileURLToPath(new URL('../schemas', import.meta.url))

const texts = [
  ...schemaNames.map((name) => ({ name, text: jsonSchemaText(name) })),
  ...documentNames.map((name) => ({ name, text: documentSchemaText(name) })),
]
const stale: string[] = []
for (const { name, text } of texts) {
  const file = path.join(folder, `${name}.schema.json`)
  if (!check) await writeFile(file, text)
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) stale.push(file)
}
if (stale.length > 0) {
  console.error(`not current: ${stale.join(', ')}\nwrite them anew with: npm run schemas`)
  process.exitCode = 1
}

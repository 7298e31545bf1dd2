import { readFile } from 'node:fs/promises'
import { EXIT } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'

/** `provision schema [NAME]`: the JSON Schema of what users write, or of what `--json` prints. */
export async function schema(name: string, { stdout }: Terminal): Promise<number> {
  stdout.write(await readFile(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8'))
  return EXIT.ok
}

import { readFile } from 'node:fs/promises'
import { EXIT } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'

export const schemaNames = ['hosts', 'playbook', 'plan'] as const

/** `provision schema [NAME]`: the JSON Schema of hosts files, playbooks or the plan document. */
export async function schema(name: (typeof schemaNames)[number], { stdout }: Terminal): Promise<number> {
  stdout.write(await readFile(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8'))
  return EXIT.ok
}

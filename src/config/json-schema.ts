import { z } from 'zod'
import { hostsFileSchema } from './schema/hosts-file.ts'
import { playbookSchema } from './schema/playbook.ts'

export type SchemaName = 'hosts' | 'playbook'

const schemas = { hosts: hostsFileSchema, playbook: playbookSchema }

export const schemaNames: readonly SchemaName[] = ['hosts', 'playbook']

/** The JSON Schema of what a user writes, for editors. Draft 7: the newest that yaml-language-server knows well. */
export function jsonSchema(name: SchemaName): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schemas[name], {
    io: 'input',
    target: 'draft-7',
    // Of what is transformed zod leaves out the examples, taking them for outputs. Ours are what users write.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.examples
      if (Array.isArray(examples)) jsonSchema.examples = examples
    },
  })
}

/** The same as the text of the file under schemas/. */
export function jsonSchemaText(name: SchemaName): string {
  return `${JSON.stringify(jsonSchema(name), null, 2)}\n`
}

import { z } from 'zod'
import {
  applyDocumentSchema,
  planDocumentSchema,
  statusDocumentSchema,
  verifyDocumentSchema,
} from './schema.ts'

/** The documents that `--json` prints, by the command that prints them. */
const documents = {
  plan: planDocumentSchema,
  status: statusDocumentSchema,
  verify: verifyDocumentSchema,
  apply: applyDocumentSchema,
}

export type DocumentName = keyof typeof documents

export const documentNames = Object.keys(documents) as DocumentName[]

/** The JSON Schema of such a document, as the text of the file under schemas/. It allows fields it does not name. */
export function documentSchemaText(name: DocumentName): string {
  return `${JSON.stringify(z.toJSONSchema(documents[name], { io: 'input', target: 'draft-7' }), null, 2)}\n`
}

import type { z } from 'zod'
import { didYouMean } from '../inventory/suggest.ts'
import { parseBdf } from './bdf.ts'
import { type KeyPath, renderKeyPath } from './keypath.ts'
import type { Finding } from './problem.ts'
import { laterKeys } from './schema/hosts-file.ts'
import { knownKeys } from './schema/known-keys.ts'

/** A key that the schema does not know in the map at `path`. */
export function unknownKey(key: string, path: KeyPath, schema: z.core.$ZodType): Finding {
  if (parseBdf(key).ok || /^[0-9a-f]{2,6}$/i.test(key)) {
    const message = `the colon after \`${key}\` makes this a mapping`
    return { code: 'BDF_AS_KEY', message, suggestion: `quote the whole address, such as "0000:5e:00.0"` }
  }
  if (laterKeys.test(renderKeyPath([...path, key]))) {
    return { code: 'KEY_UNSUPPORTED', message: `\`${key}\` is not supported by this version of provision` }
  }
  const known = knownKeys(schema, path)
  if (known.includes(key)) {
    return { code: 'KEY_MISPLACED', message: `\`${key}\` cannot stand beside the other keys here` }
  }
  const suggestion = didYouMean(key, known) ?? `known here: ${known.join(', ')}`
  return { code: 'KEY_UNKNOWN', message: `unknown key \`${key}\``, suggestion }
}

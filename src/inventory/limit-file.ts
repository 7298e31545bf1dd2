import { readFile } from 'node:fs/promises'
import { ProvisionError } from '../errors.ts'
import { splitTerms } from './limit.ts'

/**
 * Replaces each `@file` of a limit pattern by the terms in that file, one a line; empty lines and `#` comments do not
 * count. The result is what `selectHosts` takes. Throws ProvisionError `LIMIT_FILE`.
 */
export async function readLimit(pattern: string): Promise<string> {
  const terms: string[] = []
  for (const term of splitTerms(pattern)) {
    terms.push(...(term.startsWith('@') ? await readTerms(term.slice(1)) : [term]))
  }
  return terms.join(':')
}

async function readTerms(file: string): Promise<string[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new ProvisionError('LIMIT_FILE', `the limit file ${file} cannot be read: ${String(cause)}`, {
      cause,
    })
  }
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim())
  const terms = lines.filter((line) => line !== '')
  if (terms.length === 0) throw new ProvisionError('LIMIT_FILE', `the limit file ${file} names no host`)
  return terms
}

import { ProvisionError } from '../../errors.ts'
import { didYouMean } from '../../inventory/suggest.ts'
import { type ReasonCode, registry, severityOf } from '../../reasons/registry.ts'
import { EXIT } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'

const meanings = {
  block: 'blocks: nothing on that host is touched',
  warn: 'warns only',
  'warn or block': 'warns; blocks where a boot would undo what is declared, or hang on it',
}

/** `provision explain CODE`: what a reason code stands for. */
export async function explain(code: string, { stdout }: Terminal): Promise<number> {
  const wanted = code.toUpperCase()
  const entry = Object.entries(registry).find(([name]) => name === wanted)?.[1]
  if (entry === undefined) {
    const hint = didYouMean(wanted, Object.keys(registry)) ?? 'docs/reasons.md lists all codes.'
    throw new ProvisionError('REASON_UNKNOWN', `there is no reason code ${code}`, { hint })
  }
  const meaning = meanings[severityOf(wanted as ReasonCode)]
  const symptoms =
    entry.symptoms === undefined ? '' : `\nElsewhere it shows as: ${entry.symptoms.join('; ')}\n`
  stdout.write(
    `${wanted} (${meaning})\n\n${entry.title}\n${symptoms}\nMore: docs/reasons.md#${wanted.toLowerCase()}\n`,
  )
  return EXIT.ok
}

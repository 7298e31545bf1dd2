import { ProvisionError } from '../../errors.ts'
import { didYouMean } from '../../inventory/suggest.ts'
import { outcomeCodes } from '../../reasons/outcomes.ts'
import type { ReasonText } from '../../reasons/reason.ts'
import { type ReasonCode, reason, registry, severityOf } from '../../reasons/registry.ts'
import { samples } from '../../reasons/samples.ts'
import { openPage } from '../../views/layout/page.ts'
import { wrap } from '../../views/layout/wrap.ts'
import { EXIT } from '../exit-code.ts'
import { lookOf, type Terminal } from '../terminal.ts'

type Entry = [code: string, text: Pick<ReasonText<never>, 'title' | 'symptoms'>]

const meanings = {
  block: 'blocks: nothing on that host is touched',
  warn: 'warns only',
  'warn or block': 'warns; blocks where a boot would undo what is declared, or hang on it',
}

/** `provision explain CODE`: what a reason code stands for; or which codes a symptom leads to. */
export async function explain(words: string, { stdout }: Terminal): Promise<number> {
  const wanted = words.toUpperCase()
  const entries: Entry[] = Object.entries(registry)
  const exact = entries.find(([code]) => code === wanted)
  if (exact !== undefined) {
    stdout.write(entryText(exact, openPage(lookOf(stdout, { color: false }))))
    return EXIT.ok
  }
  const outcome = outcomeCodes[wanted]
  if (outcome !== undefined) {
    const page = openPage(lookOf(stdout, { color: false }))
    const lines = [
      ...wrap(outcome.title, { width: page.width }),
      '',
      ...wrap(outcome.next, { width: page.width, lead: '→ ' }),
    ]
    stdout.write(`${wanted} (how a run ended on a host)\n\n${lines.join('\n')}\n`)
    return EXIT.ok
  }
  const found = entries.filter(([, { symptoms = [] }]) =>
    symptoms.some((symptom) => speaksOf(words, symptom)),
  )
  if (found.length === 0) {
    const hint =
      didYouMean(wanted, [...Object.keys(registry), ...Object.keys(outcomeCodes)]) ??
      'docs/reasons.md lists all codes.'
    throw new ProvisionError('REASON_UNKNOWN', `there is no reason code ${words}, and no symptom like it`, {
      hint,
    })
  }
  const rows = found.map(([code, { title }]) => `  ${code}\n    ${title}\n`).join('')
  stdout.write(
    `${JSON.stringify(words)} may have ${found.length === 1 ? 'this cause' : 'these causes'}; \`provision explain CODE\` tells more, and\n\`provision explain FILE HOST BDF\` which of them holds for a device.\n\n${rows}`,
  )
  return EXIT.ok
}

/** One within the other: people paste whole log lines, or search for a word of them. */
function speaksOf(words: string, symptom: string): boolean {
  const [a, b] = [words.toLowerCase(), symptom.toLowerCase()]
  return b.includes(a) || a.includes(b)
}

function entryText([code, { title, symptoms = [] }]: Entry, { width }: { width: number }): string {
  const known = code as ReasonCode
  // What a host showed once stands for what any may show.
  const { message, remedy } = reason(known, samples[known] as never)
  const paragraph = (text: string, lead = '') => wrap(text, { width, indent: 2, lead })
  const elsewhere =
    symptoms.length === 0 ? [] : ['', ...wrap(`Elsewhere it shows as: ${symptoms.join('; ')}`, { width })]
  return `${[
    `${code} (${meanings[severityOf(known)]})`,
    '',
    title,
    '',
    'For example:',
    ...paragraph(message),
    ...paragraph(remedy, '→ '),
    ...elsewhere,
    '',
    `More: docs/reasons.md#${code.toLowerCase()}`,
  ].join('\n')}\n`
}

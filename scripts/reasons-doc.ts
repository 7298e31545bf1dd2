import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ReasonText } from '../src/reasons/reason.ts'
import { type ReasonCode, reason, registry, severityOf } from '../src/reasons/registry.ts'
import { samples } from '../src/reasons/samples.ts'

/**
 * Writes docs/reasons.md from the registry: `tsx scripts/reasons-doc.ts`. With `--check` it writes nothing and fails when
 * the file is not what it would write.
 */

const path = fileURLToPath(new URL('../docs/reasons.md', import.meta.url))

/** The whole document. */
export function reasonsDoc(): string {
  const codes = (Object.keys(registry) as ReasonCode[]).sort()
  return [
    '# Reasons',
    '',
    'Why `provision` refuses a host, or warns about it. Codes are stable; the words may change. `provision explain CODE` tells the same.',
    '**block**: nothing on that host is touched. **warn**: the plan goes on.',
    '',
    'This file is generated from `src/reasons`: `npx tsx scripts/reasons-doc.ts`.',
    '',
    '| code | | |',
    '| --- | --- | --- |',
    ...codes.map(
      (code) => `| [${code}](#${code.toLowerCase()}) | ${severityOf(code)} | ${registry[code].title} |`,
    ),
    ...codes.flatMap(section),
    '',
  ].join('\n')
}

function section(code: ReasonCode): string[] {
  const { title, symptoms = [] }: Pick<ReasonText<never>, 'title' | 'symptoms'> = registry[code]
  const { message, remedy } = reason(code, samples[code])
  const seenAs = symptoms.map((words) => `\`${words}\``).join(', ')
  return [
    '',
    `## ${code}`,
    '',
    `${title} (${severityOf(code)})`,
    '',
    `> ${message}`,
    '',
    `**Remedy:** ${remedy}`,
    ...(symptoms.length === 0 ? [] : ['', `Elsewhere this shows as: ${seenAs}.`]),
  ]
}

/** Whether docs/reasons.md is what the registry says. */
export function isCurrent(): boolean {
  return readFileSync(path, 'utf8') === reasonsDoc()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) writeFileSync(path, reasonsDoc())
  else if (!isCurrent()) {
    console.error('docs/reasons.md is not current. Write it anew: npx tsx scripts/reasons-doc.ts')
    process.exitCode = 1
  }
}

import { outcomeWords } from './host-outcome.ts'
import { openPage, type View } from './layout/page.ts'
import { table } from './layout/table.ts'
import { printable } from './printable.ts'

/** A run in a list. Nulls: its journal cannot be read. */
export interface ListedRun {
  id: string
  command: string | null
  at: string | null
  by: string | null
  file: string | null
  /** Hosts by outcome. */
  outcomes: Record<string, number>
}

/** The runs of this machine, newest last. */
export function renderRuns(runs: readonly ListedRun[], folder: string, view: View): string {
  const { width, paint } = openPage(view)
  if (runs.length === 0) return `No runs on this machine (${printable(folder)}).\n`
  const rows = runs.map(({ id, command, at, by, file, outcomes }) => [
    { text: printable(id), paint: paint.bold },
    printable(command ?? 'unreadable'),
    at === null ? '' : printable(at.slice(0, 16).replace('T', ' ')),
    Object.entries(outcomes)
      .map(
        ([outcome, hosts]) =>
          `${hosts} ${(outcomeWords as Record<string, string>)[outcome] ?? printable(outcome)}`,
      )
      .join(', '),
    printable([by, file].filter((text) => text !== null).join(' ')),
  ])
  const columns = [{}, {}, {}, { min: 12 }, { min: 12 }] as const
  return `${table(rows, [...columns], { width }).join('\n')}\n`
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ProvisionError } from '../../errors.ts'
import { didYouMean } from '../../inventory/suggest.ts'
import { openPlan, type SavedHost, type SavedPlan } from '../../plan/saved-plan.ts'
import { factsSchema, type HostFacts } from '../../probe/facts.ts'
import type { HostEntry, StoredResult } from './entry.ts'
import { isRunId, runFolder, runsFolder } from './folder.ts'
import { factsFile, type RunHead } from './journal.ts'

/** A run of the past, from its journal. */
export interface RecordedRun {
  head: RunHead
  folder: string
  saved: SavedPlan
  hosts: RecordedHost[]
}

/** One host of a run, in the order of the plan. */
export interface RecordedHost {
  name: string
  saved: SavedHost
  /** How many times it was begun. */
  attempts: number
  /** The last attempt that may have touched the host; null: there was none. */
  last: { attempt: string; direction: 'forward' | 'back'; at: string; result: StoredResult | null } | null
}

/** Ids of all runs, newest last. */
export function runIds(): string[] {
  try {
    return readdirSync(runsFolder()).filter(isRunId).sort()
  } catch {
    return []
  }
}

/** The head of a run; null where its journal cannot be read. For lists: one odd folder must not hide the others. */
export function runHead(id: string): RunHead | null {
  try {
    const head = headShape.safeParse(JSON.parse(readFileSync(join(runFolder(id), 'run.json'), 'utf8')))
    return head.success ? head.data : null
  } catch {
    return null
  }
}

/** Throws `RUN_UNKNOWN`, `JOURNAL_BROKEN`, and what `openPlan` throws. `version`: of this program; null to read a run of any. */
export function readRun(id: string, version: string | null): RecordedRun {
  const head = isRunId(id) ? runHead(id) : null
  if (head === null) throw unknownRun(id)
  const folder = runFolder(id)
  const file = join(folder, 'plan.json')
  const saved = openPlan(textOf(file), file, version ?? head.madeBy)
  const entries = readEntries(join(folder, 'hosts.ndjson'))
  return { head, folder, saved, hosts: saved.hosts.map((host) => recordedHost(host, entries)) }
}

/** How a host was before the run began on it; null when nothing was written down. */
export function factsBefore({ folder }: RecordedRun, host: string): HostFacts | null {
  try {
    return factsSchema.parse(JSON.parse(readFileSync(factsFile(folder, host), 'utf8')))
  } catch {
    return null
  }
}

/** Without the facts from before, no rollback can be judged. */
export function factsLost({ folder }: Pick<RecordedRun, 'folder'>, host: string): ProvisionError {
  const file = factsFile(folder, host)
  return new ProvisionError(
    'FACTS_LOST',
    `${host}: what it was like before the run cannot be read from ${file}`,
    {
      host,
      hint: 'See what it has now: provision status FILE. Then apply what it shall have, or release its drives.',
    },
  )
}

type Attempt = NonNullable<RecordedHost['last']>

function recordedHost(saved: SavedHost, entries: HostEntry[]): RecordedHost {
  const { name } = saved.declaration
  const attempts: Attempt[] = []
  for (const entry of entries.filter(({ host }) => host === name)) {
    if (entry.type === 'begun') {
      const { attempt, direction, at } = entry
      attempts.push({ attempt, direction, at, result: null })
    } else {
      // The end of an attempt is that of its last beginning: a rollback has the id of what it takes back.
      const ended = attempts.findLast(({ attempt }) => attempt === entry.attempt)
      if (ended !== undefined) ended.result = entry.result
    }
  }
  return { name, saved, attempts: attempts.length, last: attempts.findLast(mayHaveTouched) ?? null }
}

/** An attempt that met a lock, or was refused before its first step, leaves what was owed before it as it was. */
function mayHaveTouched({ result }: Attempt): boolean {
  return result === null || !touchedNothing.has(result.kind)
}

const touchedNothing: ReadonlySet<string> = new Set(['locked', 'stale', 'unreachable', 'untouched'])

/** A last line that was cut off in the middle is as if it had not been written. */
function readEntries(file: string): HostEntry[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => entryOf(line, file))
}

/** What a host did is never guessed from a line that cannot be understood. */
function entryOf(line: string, file: string): HostEntry {
  try {
    const entry = entryShape.safeParse(JSON.parse(line))
    if (entry.success) return entry.data as HostEntry
  } catch {
    // Told below, as for a line of another shape.
  }
  throw broken(file, 'it has a line that this program did not write')
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw broken(file, cause instanceof Error ? cause.message : String(cause))
  }
}

function broken(file: string, why: string): ProvisionError {
  return new ProvisionError('JOURNAL_BROKEN', `the journal of this run cannot be read: ${file}: ${why}`, {
    hint: 'Look at the hosts themselves: `provision status FILE` shows how they are.',
  })
}

/** As much of the files as everybody who reads them relies on. */
const headShape = z.object({
  format: z.literal(1),
  id: z.string(),
  command: z.enum(['apply', 'release']),
  at: z.string(),
  by: z.string(),
  madeBy: z.string(),
  file: z.string(),
  transport: z.enum(['ssh2', 'local']),
})

const entryShape = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('begun'),
    host: z.string(),
    at: z.string(),
    attempt: z.string(),
    direction: z.enum(['forward', 'back']),
  }),
  z.looseObject({
    type: z.literal('ended'),
    host: z.string(),
    at: z.string(),
    attempt: z.string(),
    result: z.looseObject({ kind: z.string() }),
  }),
])

function unknownRun(id: string): ProvisionError {
  const ids = runIds()
  const hint =
    didYouMean(id, ids) ??
    (ids.length === 0
      ? `This machine has no runs (${runsFolder()}). A run is resumed where it was begun.`
      : '`provision runs` lists the runs of this machine.')
  return new ProvisionError('RUN_UNKNOWN', `there is no run ${id} on this machine`, { hint })
}

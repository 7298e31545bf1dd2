import { appendFileSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProvisionError } from '../../errors.ts'
import type { Event, HostResult } from '../../events/events.ts'
import type { HostFacts } from '../../probe/facts.ts'
import { type HostEntry, storedResult } from './entry.ts'
import { runFolder } from './folder.ts'

/** What a run is, told at its beginning. */
export interface RunHead {
  format: 1
  id: string
  command: 'apply' | 'release'
  /** ISO 8601. */
  at: string
  /** `ops@bastion`. */
  by: string
  madeBy: string
  /** The hosts file or plan it came from, as an absolute path. */
  file: string
  transport: 'ssh2' | 'local'
}

/** A run as it is written down on this machine: what was to be done, how the hosts were before, and how each fared. */
export interface Journal {
  readonly id: string
  /** Before the first step on a host. `facts`: how it is now; null where an earlier attempt has told. */
  begin(host: string, attempt: string, facts: HostFacts | null, direction?: 'forward' | 'back'): void
  event(event: Event): void
  end(result: HostResult, host: string, attempt: string): void
}

/**
 * Begins the journal of a run: `run.json`, `plan.json` (a plan file), then `facts/<host>.json`, `hosts.ndjson` and
 * `events.ndjson` as things happen. Written at once, so that whatever becomes of this program, what it had begun
 * stands there. Throws `JOURNAL_UNWRITABLE`; no host has been touched then.
 */
export function newJournal(head: RunHead, plan: string): Journal {
  const folder = runFolder(head.id)
  try {
    mkdirSync(join(folder, 'facts'), { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, 'plan.json'), plan, { mode: 0o600 })
    writeFileSync(join(folder, 'run.json'), `${JSON.stringify(head, null, 1)}\n`, { mode: 0o600 })
    return appendTo(folder, head.id)
  } catch (cause) {
    throw unwritable(folder, cause)
  }
}

/** Goes on with the journal of a run that is there already. */
export function appendTo(folder: string, id: string): Journal {
  const hosts = join(folder, 'hosts.ndjson')
  const events = join(folder, 'events.ndjson')
  dropTornLine(hosts)
  dropTornLine(events)
  const note = (file: string, entry: object) =>
    appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
  const now = () => new Date().toISOString()
  let broken = false
  // In the middle of a run a full disk here is no reason to leave hosts half way.
  const tryNote = (file: string, entry: object) => {
    if (broken) return
    try {
      note(file, entry)
    } catch {
      broken = true
    }
  }
  return {
    id,
    begin(host, attempt, facts, direction = 'forward') {
      try {
        if (facts !== null) writeWhole(factsFile(folder, host), JSON.stringify(facts))
        note(hosts, { type: 'begun', host, at: now(), attempt, direction } satisfies HostEntry)
      } catch (cause) {
        throw unwritable(folder, cause)
      }
    },
    event: (event) => tryNote(events, { at: now(), ...event }),
    end(result, host, attempt) {
      const entry: HostEntry = { type: 'ended', host, at: now(), attempt, result: storedResult(result) }
      tryNote(hosts, entry)
    },
  }
}

/** Whole or not at all: a rollback is judged by it. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** A program that was killed in the middle of a line leaves half of one; what comes next must not be glued to it. */
function dropTornLine(file: string): void {
  let text: Buffer
  try {
    text = readFileSync(file)
  } catch {
    return
  }
  const whole = text.lastIndexOf(0x0a) + 1
  if (whole < text.length) truncateSync(file, whole)
}

/** A host's name may hold what no file name can. */
export function factsFile(folder: string, host: string): string {
  return join(folder, 'facts', `${encodeURIComponent(host)}.json`)
}

function unwritable(folder: string, cause: unknown): ProvisionError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ProvisionError('JOURNAL_UNWRITABLE', `the journal of this run cannot be written: ${why}`, {
    hint: `Without it nobody could resume the run or take it back. Make room, or set XDG_STATE_HOME to a folder that can be written (now: ${folder}).`,
    cause,
  })
}

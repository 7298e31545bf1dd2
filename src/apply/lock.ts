import { lockScript } from '../agent/apply-script.ts'
import type { ProvisionError } from '../errors.ts'
import { execError, outcomeError, said } from '../probe/exec-errors.ts'
import { newNonce } from '../probe/probe-fleet.ts'
import { Sheet } from '../probe/sheet.ts'
import { WireReader } from '../probe/wire.ts'
import { type Connection, shellCommand } from '../transport/transport.ts'
import { contextOf, noAnswer, type TransactionOptions } from './transaction.ts'

/** The lock of a host: one run at a time. */
export interface HostLock {
  /** One line: which run, by whom, from where, since when. Empty: it left no name. */
  holder: string
  /** PID on the host of the agent that holds it, and of which boot. Null: it left none. */
  process: { pid: number; boot: 'same' | 'other' } | null
  /** That very process lives, or a child that it left behind does. */
  alive: boolean
  /** Why it counts as alive, when it does: the holder and what is at work. */
  reason: string
  /** Its folder on the host. */
  path: string
}

export type LockOptions = Pick<TransactionOptions, 'become' | 'host'> & {
  /** For the whole of it. */
  timeoutMs: number
}

export type RemoveLockResult =
  | { kind: 'none' }
  | { kind: 'removed'; lock: HostLock }
  /** Its holder is alive, or somebody else has taken it over just now, and it was left alone. */
  | { kind: 'held'; lock: HostLock }

/** Who holds the lock of a host; null when nobody does. Changes nothing. */
export async function readLock(connection: Connection, options: LockOptions): Promise<HostLock | null> {
  return (await ask('look', connection, options)).lock
}

/** Removes the lock of a run that is gone. One whose holder is alive is never touched. */
export async function removeLock(connection: Connection, options: LockOptions): Promise<RemoveLockResult> {
  const { lock, removed } = await ask('remove', connection, options)
  if (lock === null) return { kind: 'none' }
  return { kind: removed ? 'removed' : 'held', lock }
}

/** A few lines. */
const MAX_BYTES = 1 << 20

async function ask(
  does: 'look' | 'remove',
  connection: Connection,
  options: LockOptions,
): Promise<{ lock: HostLock | null; removed: boolean }> {
  const nonce = newNonce()
  const sheet = new Sheet()
  const reader = new WireReader(nonce, (line) => sheet.add(line))
  const exec = await connection.exec(shellCommand(options.become), {
    stdin: lockScript({ nonce, does }),
    onStdout: (chunk) => reader.push(chunk),
    timeoutMs: options.timeoutMs,
    maxStdoutBytes: MAX_BYTES,
  })
  const failure = outcomeError(exec, { ...contextOf(options), what: 'the look at the lock' })
  if (failure !== undefined) throw failure
  const end = reader.end()
  if (end.kind === 'not_begun' && exec.kind === 'exited') throw noAnswer(exec, end.noise, options)
  if (end.kind !== 'complete') throw unclear(end.kind === 'malformed' ? end.line : 'it breaks off', options)
  const state = sheet.fact('lock', 'state')
  if (state.state !== 'known')
    throw unclear(state.state === 'unreadable' ? state.why : 'it says nothing', options)
  if (state.value === 'none') return { lock: null, removed: false }
  return { lock: lockIn(sheet, state.value !== 'gone'), removed: last(sheet, 'removed') === 'yes' }
}

function unclear(why: string, options: LockOptions): ProvisionError {
  return execError(
    { ...contextOf(options), what: 'the look at the lock' },
    'LOCK_UNREADABLE',
    `Whether a run holds this host cannot be told${said(why)}`,
    'Look as root: set `ssh: { become: sudo }` in the hosts file, or connect as root.',
  )
}

function lockIn(sheet: Sheet, alive: boolean): HostLock {
  const pid = last(sheet, 'process')
  return {
    holder: last(sheet, 'holder'),
    process: /^\d{1,9}$/.test(pid)
      ? { pid: Number(pid), boot: last(sheet, 'boot') === 'same' ? 'same' : 'other' }
      : null,
    alive,
    reason: last(sheet, 'reason'),
    path: last(sheet, 'path'),
  }
}

function last(sheet: Sheet, attribute: string): string {
  return sheet.all('lock', attribute).at(-1) ?? ''
}

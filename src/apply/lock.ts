import type { Connection } from '../transport/transport.ts'
import type { TransactionOptions } from './transaction.ts'

/** The lock of a host: one run at a time. */
export interface HostLock {
  /** One line: which run, by whom, from where, since when. Empty: it left no name. */
  holder: string
  /** PID on the host of the agent that holds it, and whether that very process still lives. Null: it left none. */
  process: { pid: number; boot: 'same' | 'other' } | null
  alive: boolean
  /** Its folder on the host. */
  path: string
}

export type LockOptions = Pick<TransactionOptions, 'become' | 'host'> & {
  /** For the whole of it. */
  timeoutMs: number
}

/** Who holds the lock of a host; null when nobody does. Changes nothing. */
export function readLock(_connection: Connection, _options: LockOptions): Promise<HostLock | null> {
  throw new Error('not yet')
}

export type RemoveLockResult =
  | { kind: 'none' }
  | { kind: 'removed'; lock: HostLock }
  /** Its holder is alive, and it was left alone. */
  | { kind: 'held'; lock: HostLock }

/** Removes the lock of a run that is gone. One whose holder is alive is never touched. */
export function removeLock(_connection: Connection, _options: LockOptions): Promise<RemoveLockResult> {
  throw new Error('not yet')
}

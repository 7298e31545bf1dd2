/**
 * What is shipped to a host to be carried out: the recorded steps, each with the calls that take it back. It is data
 * on both sides of the wire. `renderProgram` writes it as calls of shell functions with every argument quoted, and
 * `parseProgram` reads that text back (the simulated hosts do).
 */
export interface Program {
  /** Framing nonce of the answer, see probe/wire.ts. */
  nonce: string
  /** Id of the run; names the journal on the host. */
  run: string
  /** One line for the lock: who runs this, from where, since when. */
  holder: string
  /** Looked at once more under the lock, before the first change. */
  rechecks: Recheck[]
  steps: ProgramStep[]
  /** Users whose uid:gid the final probe shall tell. */
  users: string[]
}

/** A drive that the steps touch must still be on this driver (empty: none) and, where readable, be this serial. */
export interface Recheck {
  bdf: string
  driver: string
  serial: string
}

export interface ProgramStep {
  id: number
  call: Call
  /** In the order in which they run when the step is taken back. */
  undo: Call[]
}

/** A step kind and its arguments, in the order that agent/steps/<kind>.sh takes them. */
export type Call = [kind: string, ...args: string[]]

/**
 * What is shipped to a host to be carried out: the recorded steps, each with the calls that take it back. It is data
 * on both sides of the wire: `renderProgram` writes it as calls of shell functions with every argument quoted, and
 * `parseProgram` reads that text back (the simulated hosts do).
 *
 * While it carries a program out, the host sends events in the format of probe/wire.ts. STATE is `=` throughout;
 * what follows the attribute is its value.
 *
 *     run     begin    RUN                  the first event
 *     run     holder   HOLDER
 *     run     session  GROUP                the login session was left for this control group
 *     lock    stale    TEXT                 a lock whose holder is gone was taken over
 *     lock    taken    FOLDER
 *     recheck BDF      ok | TEXT            TEXT: what is not as the plan saw it
 *     step/ID begin    KIND                 then exactly one of these:
 *     step/ID done     TEXT                 proven; TEXT says by what was seen
 *     step/ID noop     TEXT                 it was so already; such a step is not taken back
 *     step/ID failed   TEXT                 with the kernel's or the tool's own words
 *     step/ID hung     TEXT                 the kernel has not come back from it; who holds the device, if known
 *     undo/ID …                             the same, once for each call that takes step ID back
 *     run     back     ID…                  it is taken back from here on (agent/run/back.sh); a holder follows
 *     run     reason   TEXT                 unless it was applied or rolled back
 *     run     outcome  OUTCOME              the last event
 *
 * OUTCOME is `applied`, `rolled_back` (a step failed, and all is as it was), `failed` (so did the way back: reason
 * says where), `refused` or `locked` (nothing was touched; for `locked` the reason is the holder's line). Before the
 * reason come the lines of a probe, or the one line `run facts ! TEXT` saying why there was none. Probe apart, all of it
 * is in the journal too, which agent/run/folder.sh keeps on the host with the program itself. Who attaches later
 * (agent/run/attach.sh) gets, in this order:
 *
 *     program line     TEXT                 the program as it is kept, line by line
 *     run     holder   HOLDER
 *     …                                     the events of the journal, as far as they are whole
 *     run     journal  whole | torn         torn: the disk was full, and events are missing. Then facts and reason
 *     run     agent    gone | other_boot    instead, if the outcome is `abandoned`
 *     run     outcome  OUTCOME              or `abandoned`, `at_work` (the time was up), `unknown_run`
 *
 * Who asks for the lock (agent/run/unlock.sh) gets `lock state none`, or its `path`, `holder`, `process` (a PID), `boot`
 * (same | other), `reason`, `state` (alive | gone), and `removed` (yes | no) when it was to be removed.
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

import type { Program } from '../agent/program.ts'

/** What a simulated host keeps of one run, as a real one does in /var/lib/provision/runs (agent/run/folder.sh). */
export class SimRun {
  program: Program
  /** Its journal, without the reason and the outcome. */
  readonly events: { subject: string; attribute: string; text: string }[] = []
  state: 'at_work' | 'ended' | 'gone' | 'other_boot' = 'at_work'
  outcome = ''
  reason: string | null = null

  constructor(program: Program) {
    this.program = program
  }
}

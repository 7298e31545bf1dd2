import { setTimeout as sleep } from 'node:timers/promises'
import { createProgress } from '../../src/views/progress.ts'
import { recordRun } from '../views/recording.ts'

/** Plays a recorded run on this terminal, to be looked at: `npx tsx test/support/replay.ts [HOSTS] [SPEED]`. */
const [hosts = '200', speed = '1'] = process.argv.slice(2)
const progress = createProgress({ stream: process.stderr, color: true, quiet: false })
let before = 0
for (const { at, event } of recordRun({ hosts: Number(hosts), forks: 32 })) {
  if (at > before) await sleep((at - before) / Number(speed))
  before = at
  progress.emit(event)
  // Between the phases a command shows the plan and asks.
  if (event.type === 'phase_finished' && event.phase === 'probe') {
    await progress.pause()
    process.stdout.write('\n(here the plan is shown)\n\n')
  }
}
await progress.stop()
process.stdout.write('(here the results are shown)\n')

import type { ChildProcess } from 'node:child_process'

const running = new Set<ChildProcess>()
let installed = false

/** Ends a child with this process, whichever way this process ends. */
export function tieToProcess(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
  if (installed) return
  installed = true
  process.once('exit', killAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killAll()
      // mocha and the command line have listeners of their own, which end the process in their way
      if (process.listenerCount(signal) === 0) process.exit(130)
    })
  }
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
}

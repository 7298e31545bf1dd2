import { EXIT } from './exit-code.ts'
import type { Output } from './terminal.ts'

export interface Interrupt {
  /** Aborted by the first Ctrl-C: begin nothing new. */
  signal: AbortSignal
  /** From now on hosts are at work for this run. */
  begun(run: string): void
  dispose(): void
}

/**
 * Ctrl-C once: hosts at work go through with their steps, nothing new is begun. Twice: leave now; hosts at work finish
 * or roll back by themselves, and `resume` picks the run up.
 */
export function onInterrupt(stderr: Output): Interrupt {
  const controller = new AbortController()
  let run: string | null = null
  const handle = () => {
    if (controller.signal.aborted) {
      const detached =
        run === null
          ? 'No host was touched.'
          : `Hosts at work finish their steps, or roll back, by themselves.\nTo see how they ended, and to go on: provision resume ${run}`
      stderr.write(`\nLeaving. ${detached}\n`)
      process.exit(EXIT.interrupted)
    }
    controller.abort()
    stderr.write(
      run === null
        ? '\nInterrupted: no host is touched any more. Ctrl-C again leaves at once.\n'
        : '\nInterrupted: waiting for the hosts at work; no other is begun. Ctrl-C again leaves them to themselves.\n',
    )
  }
  process.on('SIGINT', handle)
  return {
    signal: controller.signal,
    begun(id) {
      run = id
    },
    dispose: () => process.off('SIGINT', handle),
  }
}

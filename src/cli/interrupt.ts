import { EXIT } from './exit-code.ts'
import type { Output } from './terminal.ts'

export interface Interrupt {
  /** Aborted by the first Ctrl-C: begin nothing new. */
  signal: AbortSignal
  dispose(): void
}

/**
 * Ctrl-C once: what is under way is brought to its end, nothing new is begun. Twice: leave now; hosts at work finish
 * or roll back by themselves.
 */
export function onInterrupt(stderr: Output): Interrupt {
  const controller = new AbortController()
  const handle = () => {
    if (controller.signal.aborted) {
      stderr.write('\nLeaving. Hosts at work finish their steps, or roll back, by themselves.\n')
      process.exit(EXIT.interrupted)
    }
    controller.abort()
    stderr.write(
      '\nInterrupted: waiting for the hosts at work; no other is begun. Ctrl-C again leaves at once.\n',
    )
  }
  process.on('SIGINT', handle)
  return { signal: controller.signal, dispose: () => process.off('SIGINT', handle) }
}

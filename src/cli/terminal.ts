import type { Readable, Writable } from 'node:stream'

/** Where a command talks to: given from outside, so that a test or the demo can listen. */
export interface Terminal {
  /** Results, and nothing else. */
  stdout: Output
  /** Progress, questions, errors. */
  stderr: Output
  stdin: Readable & { isTTY?: boolean }
}

export type Output = Writable & { isTTY?: boolean; columns?: number; rows?: number }

/** How output to this stream shall look. */
export function lookOf(output: Output, options: { color: boolean; verbose?: boolean }) {
  const color = options.color && output.isTTY === true && !('NO_COLOR' in process.env)
  return { width: output.columns ?? 80, color, verbose: options.verbose ?? false }
}

/** Whether a person is there to answer a question. */
export function canAsk({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}

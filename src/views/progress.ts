import { paintOf } from './layout/page.ts'
import { liveProgress } from './progress/live.ts'
import { plainProgress } from './progress/plain.ts'
import type { Progress } from './progress/progress.ts'
import type { ProgressStream } from './progress/screen-guard.ts'

export type { Progress } from './progress/progress.ts'

export interface ProgressOptions {
  /** Standard error, as a rule; standard output is for results. */
  stream: ProgressStream
  color: boolean
  /** Show nothing at all. */
  quiet: boolean
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

/** The display that fits the stream: live on a terminal that can move its cursor, otherwise a line an event. */
export function createProgress({
  stream,
  color,
  quiet,
  now = () => performance.now(),
}: ProgressOptions): Progress {
  if (quiet) return silent
  if (stream.isTTY === true && process.env.TERM !== 'dumb') return liveProgress(stream, paintOf(color), now)
  return plainProgress((text) => void stream.write(text), now)
}

const silent: Progress = {
  emit: () => {},
  suspended: (work) => work(),
  pause: async () => {},
  stop: async () => {},
}

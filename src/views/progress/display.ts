import { DefaultRenderer, Listr, ListrDefaultRendererLogLevels, ListrLogger, Spinner } from 'listr2'
import type { Paint } from '../layout/page.ts'
import type { Frame } from './frame.ts'
import { type ProgressStream, ScreenGuard } from './screen-guard.ts'

/** A display that is on the screen, or about to be. */
export interface Display {
  /** Takes it off; resolved, the cursor is back and nothing of it is left. */
  close(): Promise<void>
}

/** Few enough to cost nothing over hundreds of hosts, many enough to look alive. */
const FRAME_MS = 250

/** Draws `frame()` a few times a second as one listr2 task, as soon as `after` is over. */
export function openDisplay(
  after: Promise<void>,
  stream: ProgressStream,
  paint: Paint,
  frame: () => Frame | null,
): Display {
  let close = () => {}
  const closed = new Promise<void>((resolve) => {
    close = resolve
  })
  const spinner = new SlowSpinner()
  const listr = new Listr(
    [
      {
        title: frame()?.title ?? '',
        task: (_context, task) => {
          const draw = () => {
            const now = frame()
            if (now === null) return
            task.title = now.title
            task.output = now.lines.join('\n')
          }
          draw()
          spinner.onTick = draw
          return closed
        },
      },
    ],
    {
      renderer: AnyTerminalRenderer,
      fallbackRenderer: 'silent',
      // Ctrl-C is for whoever runs the hosts to handle: listr2 would leave the process at once.
      registerSignalListeners: false,
      rendererOptions: {
        logger: new ListrLogger({ useIcons: true, processOutput: new ScreenGuard(stream) }),
        spinner,
        clearOutput: true,
        formatOutput: 'truncate',
        color: {
          [ListrDefaultRendererLogLevels.PENDING]: (text = '') => paint.cyan(text),
          [ListrDefaultRendererLogLevels.COMPLETED]: (text = '') => paint.green(text),
          [ListrDefaultRendererLogLevels.OUTPUT]: (text = '') => paint.dim(text),
        },
      },
    },
  )
  const run = after.then(() => listr.run())
  return {
    async close() {
      close()
      await run
    },
  }
}

/** listr2 draws only where standard output is a terminal; ours may be a pipe while progress goes to standard error. */
class AnyTerminalRenderer extends DefaultRenderer {
  static override nonTTY = true
}

class SlowSpinner extends Spinner {
  onTick: () => void = () => {}

  override spin(): void {
    super.spin()
    this.onTick()
  }

  override start(redraw?: () => void): void {
    super.start(redraw, FRAME_MS)
  }
}

import { readFile } from 'node:fs/promises'
import type { PlannedHost } from '../../events/events.ts'
import { openPlan } from '../../plan/saved-plan.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { showPlan } from './plan.ts'

/** `provision show plan.json`: a saved plan in full, exactly what `apply plan.json` would carry out. */
export async function show(
  file: string,
  options: Pick<FleetOptions, 'json' | 'color'>,
  terminal: Terminal,
): Promise<number> {
  const saved = openPlan(await readFile(file, 'utf8'), file, version())
  const planned = saved.hosts.map(({ plan }): PlannedHost => ({ kind: 'planned', plan }))
  showPlan(planned, options, terminal)
  return EXIT.ok
}

import { readFile } from 'node:fs/promises'
import { ProvisionError } from '../../errors.ts'
import type { PlannedHost } from '../../events/events.ts'
import { notPlanned, openPlan } from '../../plan/saved-plan.ts'
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
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ProvisionError('PLAN_FILE_BROKEN', `${file} cannot be read: ${String(cause)}`, { cause })
  })
  const saved = openPlan(text, file, version())
  const planned = saved.hosts.map(({ declaration: { name, address }, plan }): PlannedHost => {
    return plan === null
      ? { kind: 'unreachable', name, address, error: notPlanned(name) }
      : { kind: 'planned', plan }
  })
  showPlan(planned, options, terminal)
  return EXIT.ok
}

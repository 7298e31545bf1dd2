import { writeFile } from 'node:fs/promises'
import type { PlannedHost } from '../../events/events.ts'
import { sealPlan } from '../../plan/saved-plan.ts'
import { planJson } from '../../views/json.ts'
import { renderPlan } from '../../views/plan-text.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { loadHosts, look, openSession, planOf } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'
import { version } from '../version.ts'

export interface PlanOptions extends FleetOptions {
  out?: string
  detailedExitcode?: true
}

/** `provision plan FILE`: what would change. Touches nothing. */
export async function plan(file: string, options: PlanOptions, terminal: Terminal): Promise<number> {
  const { hosts, forks } = await loadHosts(file, options, terminal)
  const session = openSession(hosts, forks, options, terminal)
  const stamp = newStamp()
  try {
    const plans = await look(hosts, session, (host) => planOf(host, stamp))
    await session.progress.stop()
    showPlan(plans, options, terminal)
    if (options.out !== undefined) {
      const saved = plans.flatMap((host, index) => {
        const declaration = hosts[index]
        return host.kind === 'planned' && declaration !== undefined ? [{ declaration, plan: host.plan }] : []
      })
      const text = sealPlan(planJson(plans), { madeBy: version(), ...stamp, hosts: saved })
      await writeFile(options.out, text, { mode: 0o600 })
      terminal.stderr.write(`Saved to ${options.out}. Apply exactly this: provision apply ${options.out}\n`)
    }
    return planExitCode(plans, options.detailedExitcode === true)
  } finally {
    await session.close()
  }
}

export function showPlan(
  planned: PlannedHost[],
  options: Pick<FleetOptions, 'json' | 'color' | 'verbose'>,
  { stdout }: Terminal,
): void {
  const text =
    options.json === true
      ? `${JSON.stringify(planJson(planned), null, 2)}\n`
      : renderPlan(planned, lookOf(stdout, options))
  stdout.write(text)
}

export function planExitCode(planned: PlannedHost[], detailed: boolean): number {
  const outcomes = planned.map((host) => (host.kind === 'planned' ? host.plan.outcome : 'unreachable'))
  if (detailed && outcomes.includes('changes')) return EXIT.failedOrDifferent
  return exitCodeOf(outcomes)
}

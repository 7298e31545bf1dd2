import { constants } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ProvisionError } from '../../errors.ts'
import type { PlannedHost } from '../../events/events.ts'
import { quoted } from '../../paste.ts'
import { looksLikePlan, sealPlan } from '../../plan/saved-plan.ts'
import { planJson } from '../../views/json.ts'
import { jsonText } from '../../views/json-text.ts'
import { renderPlan } from '../../views/plan-text.ts'
import { printable } from '../../views/printable.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { fellow, judgedTogether, loadHosts, look, openSession, planOf } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'
import { version } from '../version.ts'

export interface PlanOptions extends FleetOptions {
  out?: string
  detailedExitcode?: true
}

/** `provision plan FILE`: what would change. Touches nothing. */
export async function plan(file: string, options: PlanOptions, terminal: Terminal): Promise<number> {
  const { hosts, forks } = await loadHosts(file, options, terminal)
  if (options.out !== undefined) await mayBeWritten(options.out)
  const session = openSession(hosts, forks, options, terminal)
  const stamp = newStamp()
  try {
    const plans = judgedTogether(
      await look(hosts, session, (host) => ({ planned: planOf(host, stamp), member: fellow(host) })),
    )
    await session.progress.stop()
    if (session.interrupt.signal.aborted) return EXIT.interrupted
    showPlan(plans, options, terminal)
    if (options.out !== undefined) {
      const saved = hosts.map((declaration, index) => {
        const host = plans[index]
        return { declaration, plan: host?.kind === 'planned' ? host.plan : null }
      })
      await writeFile(options.out, sealPlan(planJson(plans), { madeBy: version(), ...stamp, hosts: saved }), {
        mode: 0o600,
      })
      terminal.stderr.write(
        `Saved to ${printable(options.out)}. Apply exactly this: provision apply ${quoted(options.out)}\n`,
      )
    }
    return planExitCode(plans, options.detailedExitcode === true)
  } finally {
    await session.close()
  }
}

/** Before anybody waits for a fleet: the plan must have a place, and no other file may stand there. */
async function mayBeWritten(file: string): Promise<void> {
  await access(dirname(file), constants.W_OK).catch((cause: unknown) => {
    throw new ProvisionError('OUT_UNWRITABLE', `no plan can be written to ${file}: ${String(cause)}`, {
      cause,
    })
  })
  const there = await readFile(file, 'utf8').catch(() => null)
  if (there === null || looksLikePlan(there)) return
  throw new ProvisionError('OUT_EXISTS', `${file} is there already and is no plan: it is not overwritten`, {
    hint: 'Name another file after --out.',
  })
}

export function showPlan(
  planned: PlannedHost[],
  options: Pick<FleetOptions, 'json' | 'color' | 'verbose'>,
  { stdout }: Terminal,
): void {
  const text =
    options.json === true ? jsonText(planJson(planned)) : renderPlan(planned, lookOf(stdout, options))
  stdout.write(text)
}

export function planExitCode(planned: PlannedHost[], detailed: boolean): number {
  const outcomes = planned.map((host) => (host.kind === 'planned' ? host.plan.outcome : 'unreachable'))
  if (detailed && outcomes.includes('changes')) return EXIT.failedOrDifferent
  return exitCodeOf(outcomes)
}

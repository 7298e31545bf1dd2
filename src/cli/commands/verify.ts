import { verifyJson } from '../../views/json.ts'
import { jsonText } from '../../views/json-text.ts'
import { renderVerify } from '../../views/verify-text.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { fellow, judgedTogether, loadHosts, look, openSession, planOf } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'

/** `provision verify FILE`: exit 0 only if every host is as declared, 2 on drift. Touches nothing. */
export async function verify(file: string, options: FleetOptions, terminal: Terminal): Promise<number> {
  const { hosts, forks } = await loadHosts(file, options, terminal)
  const session = openSession(hosts, forks, options, terminal)
  try {
    const stamp = newStamp()
    const plans = judgedTogether(
      await look(hosts, session, (host) => ({ planned: planOf(host, stamp), member: fellow(host) })),
    )
    await session.progress.stop()
    if (session.interrupt.signal.aborted) return EXIT.interrupted
    terminal.stdout.write(
      options.json === true
        ? jsonText(verifyJson(plans))
        : renderVerify(plans, lookOf(terminal.stdout, options)),
    )
    const drifted = plans.some((host) => host.kind === 'planned' && host.plan.outcome !== 'in_sync')
    if (drifted) return EXIT.failedOrDifferent
    return exitCodeOf(plans.map((host) => (host.kind === 'planned' ? host.plan.outcome : 'unreachable')))
  } finally {
    await session.close()
  }
}

import { planHost } from '../../plan/plan-host.ts'
import { statusJson } from '../../views/json.ts'
import { jsonText } from '../../views/json-text.ts'
import { renderStatus, type StatusHost } from '../../views/status-text.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { loadHosts, look, notReached, openSession } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'

/** `provision status FILE`: what each host has, beside what is declared. Touches nothing. */
export async function status(file: string, options: FleetOptions, terminal: Terminal): Promise<number> {
  const { hosts, forks } = await loadHosts(file, options, terminal)
  const session = openSession(hosts, forks, options, terminal)
  try {
    const stamp = newStamp()
    const rows = await look(hosts, session, (host): StatusHost => {
      if (host.kind === 'unreachable') return notReached(host)
      return { kind: 'probed', plan: planHost({ ...host, stamp }), facts: host.facts }
    })
    await session.progress.stop()
    if (session.interrupt.signal.aborted) return EXIT.interrupted
    terminal.stdout.write(
      options.json === true
        ? jsonText(statusJson(rows))
        : renderStatus(rows, lookOf(terminal.stdout, options)),
    )
    return exitCodeOf(rows.filter(({ kind }) => kind === 'unreachable').map(() => 'unreachable'))
  } finally {
    await session.close()
  }
}

import { statusJson } from '../../views/json.ts'
import { jsonText } from '../../views/json-text.ts'
import { renderStatus, type StatusHost } from '../../views/status-text.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { fellow, judgedTogether, loadHosts, look, openSession, planOf } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'

/** `provision status FILE`: what each host has, beside what is declared. Touches nothing. */
export async function status(file: string, options: FleetOptions, terminal: Terminal): Promise<number> {
  const { hosts, forks } = await loadHosts(file, options, terminal)
  const session = openSession(hosts, forks, options, terminal)
  try {
    const stamp = newStamp()
    const seen = await look(hosts, session, (host) => ({
      planned: planOf(host, stamp),
      member: fellow(host),
      facts: host.kind === 'probed' ? host.facts : null,
    }))
    const rows = judgedTogether(seen).map((host, index): StatusHost => {
      if (host.kind === 'unreachable') return host
      const facts = seen[index]?.facts ?? null
      if (facts === null) throw new TypeError('a plan was made without facts')
      return { kind: 'probed', plan: host.plan, facts }
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

import { readFile } from 'node:fs/promises'
import { staleness } from '../../apply/staleness.ts'
import type { HostDeclaration } from '../../config/declaration.ts'
import type { PlannedHost } from '../../events/events.ts'
import { looksLikePlan, notPlanned, openPlan } from '../../plan/saved-plan.ts'
import { requireApproval } from '../approval.ts'
import { onlyNamed } from '../limit-names.ts'
import type { ChangeOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import {
  fellow,
  judgedTogether,
  loadHosts,
  notReached,
  openSession,
  planAll,
  probeForChange,
} from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { carryOut } from '../undertaking.ts'
import { version } from '../version.ts'
import { plan } from './plan.ts'

/** `provision apply FILE | plan.json`: plan, show, ask, carry out, verify. */
export async function apply(file: string, options: ChangeOptions, terminal: Terminal): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (looksLikePlan(text)) return applySaved(text, file, options, terminal)
  if (options.check === true) return plan(file, options, terminal)
  const { hosts, forks } = await loadHosts(file, options, terminal)
  requireApproval(options, terminal)
  const session = openSession(hosts, forks, options, terminal)
  const stamp = newStamp()
  try {
    const probed = await probeForChange(hosts, session)
    const planned = planAll(probed, stamp)
    const what = {
      command: 'apply',
      file,
      declare: asDeclared,
      stamp,
      run: stamp.id,
      approved: false,
    } as const
    return await carryOut({ ...what, probed, planned }, session, options, terminal)
  } finally {
    await session.close()
  }
}

const asDeclared = (declaration: HostDeclaration) => declaration

/** A saved plan was reviewed: it is applied without asking, on every host whose facts are still those it relied on. */
async function applySaved(
  text: string,
  file: string,
  options: ChangeOptions,
  terminal: Terminal,
): Promise<number> {
  const saved = openPlan(text, file, version())
  const wanted = onlyNamed(saved.hosts, options.limit)
  const hosts = wanted.map(({ declaration }) => declaration)
  const session = openSession(hosts, options.forks ?? 32, options, terminal)
  try {
    const probed = await probeForChange(hosts, session)
    const planned = probed.map((host, index): PlannedHost => {
      if (host.kind === 'unreachable') return notReached(host)
      const { name, address } = host.declaration
      const plan = wanted[index]?.plan ?? null
      return plan === null
        ? { kind: 'unreachable', name, address, error: notPlanned(name) }
        : { kind: 'planned', plan }
    })
    const stale = planned.map((host, index) => {
      const from = probed[index]
      if (host.kind !== 'planned' || from?.kind !== 'probed') return null
      return staleness(host.plan, from.declaration, from.facts, saved)
    })
    const judged = judgedTogether(
      planned.map((host, index) => {
        const from = probed[index]
        return { planned: host, member: from === undefined ? null : fellow(from) }
      }),
    )
    const what = { command: 'apply', file, declare: asDeclared, stamp: saved } as const
    // The same plan may be applied from several machines, at several times: each is a run of its own.
    const run = newStamp().id
    const approved = options.check !== true
    return await carryOut(
      { ...what, run, approved, probed, planned: judged, stale },
      session,
      options,
      terminal,
    )
  } finally {
    await session.close()
  }
}

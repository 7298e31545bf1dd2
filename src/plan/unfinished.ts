import type { HostFacts } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import { reason } from '../reasons/registry.ts'

/**
 * A run that stopped in the middle left the host somewhere between what it was and what was declared, and only its
 * journal knows where. Nothing is planned on top of that. One that is at work still is the lock's business.
 */
export function unfinishedReasons(host: string, { uid, unfinished }: HostFacts): Reason[] {
  // Without root the runs cannot be looked for; that is said already.
  if (unfinished.state === 'absent' || (unfinished.state === 'unreadable' && uid !== 0)) return []
  if (unfinished.state === 'unreadable') {
    const what = 'the list of runs that were begun here (/var/lib/provision/runs)'
    return [reason('FACT_UNREADABLE', { what, why: unfinished.why })]
  }
  return unfinished.value
    .filter(({ agent }) => agent !== 'alive')
    .map(({ run, holder, agent, at }) =>
      reason('RUN_UNFINISHED', { host, run, holder, rebooted: agent === 'other_boot', at }),
    )
}

import type { HostPlan } from '../plan/plan.ts'
import type { Step } from '../plan/step.ts'
import { groupBy } from './group.ts'
import { hostHeading } from './host-heading.ts'
import { openPage, type Page, type View } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { count } from './words.ts'

/** What a rollback would do on one host. */
export interface RollbackHost {
  plan: HostPlan
  /** What happens, in this order. */
  steps: Step[]
  /** Drives that were handed over by the run. */
  drives: string[]
}

/** A rollback as people review it: hosts with the same steps once. */
export function renderRollback(hosts: RollbackHost[], view: View): string {
  const page = openPage(view)
  const groups = groupBy(hosts, ({ steps, drives }) =>
    JSON.stringify([steps.map(({ summary }) => summary), drives]),
  )
  const told = groups.flatMap((group) => [...groupLines(group, page), ''])
  return `${[...told, `${page.paint.bold('Rollback:')} ${count(hosts.length, 'host')} to take back.`].join('\n')}\n`
}

function groupLines(group: [RollbackHost, ...RollbackHost[]], page: Page): string[] {
  const [{ steps, drives }] = group
  const { paint, width } = page
  const digits = String(steps.length).length
  const heading = hostHeading(
    group.map(({ plan }) => plan),
    paint.yellow('~'),
    `${count(steps.length, 'step')} back`,
    page,
  )
  const lines = steps.flatMap(({ id, summary }) =>
    wrap(printable(summary), { width, indent: 4, lead: `${String(id).padStart(digits)}  ` }),
  )
  const warning =
    drives.length === 0
      ? []
      : [
          '',
          ...wrap(
            `${drives.map(printable).join(', ')} ${drives.length === 1 ? 'has' : 'have'} been in SPDK's hands since. What SPDK wrote there stays written: no rollback brings back what it wrote over.`,
            { width, indent: 4 },
          ),
        ]
  return [...heading, '', ...lines, ...warning]
}

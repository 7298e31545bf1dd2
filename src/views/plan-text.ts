import type { PlannedHost } from '../events/events.ts'
import { identityOf } from '../plan/identity.ts'
import type { HostPlan } from '../plan/plan.ts'
import { hostHeading } from './host-heading.ts'
import { openPage, type Page, type View } from './layout/page.ts'
import { table } from './layout/table.ts'
import { groupPlans, type PlanGroup } from './plan-groups.ts'
import { printable } from './printable.ts'
import { unreachableLines } from './unreachable.ts'
import { count } from './words.ts'

/**
 * The plan as people read it: hosts with the same plan once, what changes (`~`, `+`, `-`), what is blocked (`!`), why,
 * and the remedy; nothing of what is in sync; a summary last. What needs a person stands nearest to the end.
 */
export function renderPlan(hosts: PlannedHost[], view: View): string {
  const page = openPage(view)
  const groups = groupPlans(hosts.filter(hasNews), page)
  const told = order.flatMap((outcome) => groups.filter((group) => outcomeOf(group) === outcome))
  return `${[...told.flatMap((group) => [...groupLines(group, page), '']), summary(hosts, page)].join('\n')}\n`
}

const order = ['in_sync', 'changes', 'blocked', 'unreachable'] as const

function outcomeOf(host: PlannedHost | PlanGroup): (typeof order)[number] {
  if (host.kind === 'unreachable') return 'unreachable'
  return 'plan' in host ? host.plan.outcome : host.outcome
}

/** A host as declared has none, unless something is to be warned of. */
function hasNews(host: PlannedHost): boolean {
  if (host.kind === 'unreachable' || host.plan.outcome !== 'in_sync') return true
  return host.plan.reasons.length > 0 || host.plan.devices.some(({ reasons }) => reasons.length > 0)
}

function groupLines(group: PlanGroup, page: Page): string[] {
  const { paint } = page
  if (group.kind === 'unreachable') return unreachableLines(group.hosts, page)
  const { plans } = group
  const [mark, note] = {
    in_sync: [' ', 'as declared'],
    changes: [paint.yellow('~'), count(plans[0].steps.length, 'step') + (plans.length > 1 ? ' on each' : '')],
    blocked: [
      paint.red('!'),
      `${paint.red('blocked')}, nothing on ${plans.length > 1 ? 'them' : 'it'} is touched`,
    ],
  }[group.outcome]
  return [
    ...hostHeading(plans, mark ?? ' ', note ?? '', page),
    ...group.body,
    ...(group.serials === 'many' ? ['', ...serialLines(plans, page)] : []),
  ]
}

/** The serials that a group's text does without: a table of all of them, or how to see it. */
function serialLines(plans: HostPlan[], page: Page): string[] {
  const rows = plans.flatMap((plan) =>
    plan.devices.flatMap(({ bdf, drive }) => {
      const identity = drive === null ? null : identityOf(drive)
      return identity === null || identity.by === 'nothing'
        ? []
        : [[printable(plan.name), bdf, printable(identity.serial)]]
    }),
  )
  if (!page.verbose) return [`    ${page.paint.dim(`${count(rows.length, 'serial')}: -v lists them.`)}`]
  const lines = table(rows, [{}, {}, {}], { width: page.width, indent: 4 })
  return [`    ${page.paint.bold('Serials')}`, ...lines]
}

function summary(hosts: PlannedHost[], { paint }: Page): string {
  const number = (outcome: (typeof order)[number]) =>
    hosts.filter((host) => outcomeOf(host) === outcome).length
  if (hosts.length === 0) return 'No hosts.'
  if (number('in_sync') === hosts.length) {
    const are = hosts.length === 1 ? 'is' : 'are'
    return `${paint.bold(paint.green('No changes.'))} ${count(hosts.length, 'host')} ${are} as declared.`
  }
  const changes = `${count(number('changes'), 'host')} to change`
  const rest = [
    `${number('in_sync')} in sync`,
    `${number('blocked')} blocked`,
    `${number('unreachable')} unreachable`,
  ]
  return `${paint.bold('Plan:')} ${[changes, ...rest].join(', ')}.`
}

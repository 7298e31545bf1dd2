import type { PlannedHost } from '../events/events.ts'
import { allReasons, type HostPlan } from '../plan/plan.ts'
import { driftOf } from './drift.ts'
import { groupBy, troubleKey } from './group.ts'
import { hostHeading } from './host-heading.ts'
import { openPage, type Page, type View } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { reasonLines } from './reason-lines.ts'
import { unreachableLines } from './unreachable.ts'
import { count } from './words.ts'

/** What is not as declared, hosts that differ in the same together; nothing of those that are. A summary last. */
export function renderVerify(hosts: PlannedHost[], view: View): string {
  const page = openPage(view)
  const plans = hosts.flatMap((host) => (host.kind === 'planned' ? [host.plan] : []))
  const unreachable = hosts.filter((host) => host.kind === 'unreachable')
  const told = plans.filter((plan) => driftOf(plan).length > 0 || allReasons(plan).length > 0)
  const blocks = [
    ...groupBy(told, (plan) => driftLines(plan, page).join('\n')).map((group) => groupLines(group, page)),
    ...groupBy(unreachable, troubleKey).map((group) => unreachableLines(group, page)),
  ]
  return `${[...blocks.flatMap((lines) => [...lines, '']), summary(hosts, page)].join('\n')}\n`
}

function groupLines(plans: [HostPlan, ...HostPlan[]], page: Page): string[] {
  const differences = driftOf(plans[0]).length
  const [mark, note] =
    differences === 0 ? [' ', 'as declared'] : [page.paint.yellow('~'), count(differences, 'difference')]
  return [...hostHeading(plans, mark, note, page), ...driftLines(plans[0], page)]
}

function driftLines(plan: HostPlan, page: Page): string[] {
  const drift = driftOf(plan).flatMap(({ subject, declared, actual }) => {
    const text = `${subject}: declared ${declared}, is ${actual}`
    return wrap(printable(text), { width: page.width, indent: 4, lead: '~ ' }).map((line) =>
      line.replace(/^( {4})~/, (_, margin) => `${margin}${page.paint.yellow('~')}`),
    )
  })
  return [...drift, ...allReasons(plan).flatMap((reason) => ['', ...reasonLines(reason, page, 4)])]
}

function summary(hosts: PlannedHost[], { paint }: Page): string {
  const unreachable = hosts.filter(({ kind }) => kind === 'unreachable').length
  const plans = hosts.flatMap((host) => (host.kind === 'planned' ? [host.plan] : []))
  const drifted = plans.filter(({ outcome }) => outcome !== 'in_sync').length
  const asDeclared = plans.length - drifted
  if (hosts.length === 0) return 'No hosts.'
  if (asDeclared === hosts.length)
    return `${paint.bold(paint.green('Verified.'))} ${count(hosts.length, 'host')} ${hosts.length === 1 ? 'is' : 'are'} as declared.`
  const drift = `${count(drifted, 'host')} not as declared`
  return `${paint.bold('Verify:')} ${drift}, ${asDeclared} as declared, ${unreachable} unreachable.`
}

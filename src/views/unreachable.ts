import type { PlannedHost } from '../events/events.ts'
import { errorLines } from './error-lines.ts'
import { hostHeading } from './host-heading.ts'
import type { Page } from './layout/page.ts'

type Unreachable = Extract<PlannedHost, { kind: 'unreachable' }>

/** Hosts that did not answer, all for the same reason; it is told in the words of the first. */
export function unreachableLines(hosts: [Unreachable, ...Unreachable[]], page: Page): string[] {
  const { red } = page.paint
  return [...hostHeading(hosts, red('!'), red('unreachable'), page), ...errorLines(hosts[0].error, page, 4)]
}

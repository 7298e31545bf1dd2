import { foldNames } from './host-names.ts'
import type { Page } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { count } from './words.ts'

/** Lines of names before the rest is only counted. */
const MAX_LINES = 8

/** `stor-01 (10.10.0.11): note`, or `37 hosts: stor-[01:37]: note` with a line or more of names. */
export function hostHeading(
  hosts: { name: string; address: string }[],
  mark: string,
  note: string,
  page: Page,
): string[] {
  const { paint, width } = page
  const [first] = hosts
  const said = note === '' ? '' : `: ${note}`
  if (hosts.length === 1 && first !== undefined) {
    const name = paint.bold(printable(first.name))
    const address = first.address === first.name ? '' : ` (${printable(first.address)})`
    return [`${mark} ${name}${address}${said}`]
  }
  const names = foldNames(hosts.map(({ name }) => name)).map(printable)
  const lines = wrap(names.join(', '), { width, indent: 4 })
  const shown =
    page.verbose || lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES), '    … (all with -v)']
  return [`${mark} ${paint.bold(count(hosts.length, 'host'))}${said}`, ...shown]
}

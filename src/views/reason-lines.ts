import type { Reason } from '../reasons/reason.ts'
import type { Page } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'

/** A reason as one paragraph: what was seen and why it matters, then `→` what to do. */
export function reasonLines(reason: Reason, page: Page, indent: number): string[] {
  const { paint } = page
  const warning = reason.severity === 'warn' ? 'Warning: ' : ''
  const text = `${warning}${printable(reason.message)} [${reason.code}]`
  return [
    ...wrap(text, { width: page.width, indent }).map((line) =>
      line.replace(/^( *)Warning:/, (_, margin) => `${margin}${paint.yellow('Warning:')}`),
    ),
    ...remedyLines(reason.remedy, page, indent),
  ]
}

/** `→` and what to do next. */
export function remedyLines(remedy: string, page: Page, indent: number): string[] {
  const { paint } = page
  return wrap(printable(remedy), { width: page.width, indent, lead: '→ ' }).map((line) =>
    line.replace('→', paint.bold(paint.cyan('→'))),
  )
}

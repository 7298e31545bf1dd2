import type { ProvisionError } from '../errors.ts'
import type { Page } from './layout/page.ts'
import { wrap } from './layout/wrap.ts'
import { printable } from './printable.ts'
import { remedyLines } from './reason-lines.ts'

/** An error as a paragraph: its message with the code, then `→` its hint. Line ends in the message are kept. */
export function errorLines(
  error: Pick<ProvisionError, 'message' | 'code' | 'hint'>,
  page: Page,
  indent: number,
): string[] {
  return [
    ...proseLines(`${error.message} [${error.code}]`, page, indent),
    ...(error.hint === undefined ? [] : remedyLines(error.hint.replaceAll('\n', ' '), page, indent)),
  ]
}

/** Text of several lines, such as a program's own words, each line wrapped and indented. */
export function proseLines(text: string, page: Page, indent: number): string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .flatMap((line) => wrap(printable(line), { width: page.width, indent }))
}

import type { DevicePlan } from '../plan/plan.ts'
import type { Step } from '../plan/step.ts'
import type { Drive } from '../probe/facts.ts'
import { contentWords } from './drive-words.ts'
import type { Page } from './layout/page.ts'
import { table } from './layout/table.ts'
import { printable } from './printable.ts'
import { type BlockNames, useLines } from './use-lines.ts'
import { byteSize } from './words.ts'

/** The namespaces and partitions of a drive, what is on each and what uses it. */
export function blockLines(
  { uses }: DevicePlan,
  drive: Drive,
  steps: Step[],
  names: BlockNames,
  page: Page,
): string[] {
  const { dim } = page.paint
  const blocks = drive.namespaces.flatMap((namespace) => [
    { block: namespace, place: `ns${namespace.nsid}` },
    ...namespace.partitions.map((part) => ({ block: part, place: `ns${namespace.nsid} p${part.number}` })),
  ])
  const rows = blocks.map(({ block, place }) => {
    const content = contentWords(block)
    return [
      names === 'kernel' ? printable(block.name) : place,
      byteSize(block.sizeBytes),
      content === 'blank' ? { text: content, paint: dim } : content,
    ]
  })
  const lines = table(rows, [{}, { align: 'right' }, {}], { width: page.width, indent: 6 })
  return blocks.flatMap(({ block }, at) => [
    lines[at] ?? '',
    ...useLines(
      uses.filter(({ device }) => device === block.name),
      steps,
      names,
      page,
    ),
  ])
}

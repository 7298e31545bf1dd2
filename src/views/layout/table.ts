import { cut, widthOf } from './width.ts'

/** One column of a table. */
export interface Column {
  head?: string
  align?: 'left' | 'right'
  /** If the table is too wide, this column may be cut down to so many columns of the screen. */
  min?: number
}

/** Text without colours, and how it is coloured once it has its width. */
export type Cell = string | { text: string; paint: (text: string) => string }

export interface TableOptions {
  /** Columns of the page. */
  width: number
  indent?: number
  /** Colours the heads; without it, and without heads, no line is spent on them. */
  paintHead?: (text: string) => string
}

const GAP = '  '

/** Rows as lines with aligned columns; too wide a table is cut in the columns that allow it, the widest first. */
export function table(rows: Cell[][], columns: Column[], options: TableOptions): string[] {
  const { indent = 0, paintHead = (text: string) => text } = options
  const heads = columns.some(({ head }) => head !== undefined)
    ? [columns.map(({ head = '' }) => ({ text: head, paint: paintHead }))]
    : []
  const all: Cell[][] = [...heads, ...rows]
  const widths = fitted(columns, all, options.width - indent)
  return all.map((row) => {
    const cells = columns.map((column, at) => {
      const cell = row[at] ?? ''
      const { text, paint } = typeof cell === 'string' ? { text: cell, paint: (t: string) => t } : cell
      const width = widths[at] ?? 0
      const shown = cut(text, width)
      return padded(shown, paint, width, column.align ?? 'left')
    })
    return `${' '.repeat(indent)}${cells.join(GAP)}`.trimEnd()
  })
}

/** Blanks stay outside of the colours, so that the line can be trimmed. */
function padded(text: string, paint: (text: string) => string, width: number, align: 'left' | 'right') {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  const painted = text === '' ? '' : paint(text)
  return align === 'left' ? painted + blanks : blanks + painted
}

function fitted(columns: Column[], rows: Cell[][], room: number): number[] {
  const widths = columns.map((_, at) => Math.max(0, ...rows.map((row) => widthOf(textOf(row[at])))))
  const total = () => widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1))
  while (total() > room) {
    const widest = columns
      .map(({ min }, at) => ({ at, width: widths[at] ?? 0, min: min ?? Infinity }))
      .filter(({ width, min }) => width > min)
      .sort((a, b) => b.width - a.width)[0]
    if (widest === undefined) break
    widths[widest.at] = widest.width - 1
  }
  return widths
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '')
}

/** One line of the results. */
export interface Row {
  what: string
  figure: string
  aim: string
  met: boolean
}

export function renderTable(rows: readonly Row[]): string {
  const head = '| what | measured | aim | met |\n| --- | --- | --- | --- |\n'
  return (
    head +
    rows
      .map(({ what, figure, aim, met }) => `| ${what} | ${figure} | ${aim} | ${met ? 'yes' : 'no'} |\n`)
      .join('')
  )
}

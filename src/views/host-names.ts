/**
 * Host names in as few words as the hosts file would need: runs become ranges, `stor-[01:20]`. The order stays, so
 * expanding the ranges gives the same names again.
 */
export function foldNames(names: readonly string[]): string[] {
  const folded: string[] = []
  for (let at = 0; at < names.length; ) {
    const run = runFrom(names, at)
    folded.push(...run.words)
    at += run.length
  }
  return folded
}

/** Two names are as short as their range and easier to read. */
const SHORTEST_RUN = 3

function runFrom(names: readonly string[], start: number): { words: string[]; length: number } {
  const first = names[start] ?? ''
  const place = changingPlace(first, names[start + 1] ?? '')
  if (place === null) return { words: [first], length: 1 }
  let length = 1
  while (names[start + length] === counted(first, place, length)) length += 1
  if (length < SHORTEST_RUN) return { words: [first], length: 1 }
  const { before, digits, after } = split(first, place)
  const last = split(counted(first, place, length - 1) ?? '', place).digits
  return { words: [`${before}[${digits}:${last}]${after}`], length }
}

/** Which of the numbers in `name` goes up by one in `next`, counted from the left; null: it is no such pair. */
function changingPlace(name: string, next: string): number | null {
  const numbers = name.match(/\d+/g) ?? []
  const place = numbers.findIndex((_, at) => counted(name, at, 1) === next)
  return place < 0 ? null : place
}

/** The name with the number at `place` raised by `steps`; null where its leading zeros cannot hold it. */
function counted(name: string, place: number, steps: number): string | null {
  const { before, digits, after } = split(name, place)
  if (digits.length > 15) return null
  const padded = digits.length > 1 && digits.startsWith('0')
  const raised = String(Number(digits) + steps).padStart(padded ? digits.length : 1, '0')
  return padded && raised.length > digits.length ? null : `${before}${raised}${after}`
}

function split(name: string, place: number): { before: string; digits: string; after: string } {
  const found = [...name.matchAll(/\d+/g)][place]
  const at = found?.index ?? 0
  const digits = found?.[0] ?? ''
  return { before: name.slice(0, at), digits, after: name.slice(at + digits.length) }
}

import { distance } from 'fastest-levenshtein'

/** The candidates that `word` is most likely a slip of, at most three. */
export function suggest(word: string, candidates: Iterable<string>): string[] {
  const scored = [...candidates].map((candidate) => ({ candidate, away: awayFrom(word, candidate) }))
  const best = scored.reduce((least, { away }) => Math.min(least, away), Number.POSITIVE_INFINITY)
  // A third of the letters may be wrong; beyond that a guess misleads more than it helps.
  if (best > Math.ceil(word.length / 3)) return []
  const near = scored.filter(({ away }) => away === best)
  return near.slice(0, 3).map(({ candidate }) => candidate)
}

/** How many letters are wrong; one for a word that was not finished (`vfio` for `vfio-pci`). */
function awayFrom(word: string, candidate: string): number {
  const [a, b] = [word.toLowerCase(), candidate.toLowerCase()]
  return a.length > 2 && b.startsWith(a) ? Math.min(1, b.length - a.length) : distance(a, b)
}

/** `did you mean \`a\` or \`b\`?`, or null when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const near = suggest(word, candidates)
  return near.length === 0 ? null : `did you mean ${near.map((name) => `\`${name}\``).join(' or ')}?`
}

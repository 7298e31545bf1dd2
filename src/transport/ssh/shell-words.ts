import { quoted } from '../../paste.ts'

/** One command line to paste into sh, each word quoted where it must be, so that nothing in it is expanded. */
export function shellWords(words: readonly string[]): string {
  return words.map(quoted).join(' ')
}

import { decodeBytes, encodeBytes } from './bytes.ts'

/**
 * The kernel writes a byte that would break a line of /proc/mounts, mountinfo or swaps (space, tab, newline,
 * backslash, `#`) as a backslash and three octal digits.
 */
export function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text
  // By bytes: an escaped byte may be one part of a UTF-8 character.
  const bytes = encodeBytes(text).toString('latin1')
  const plain = bytes.replaceAll(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return decodeBytes(Buffer.from(plain, 'latin1'))
}

/** The inverse, as the kernel would write it. */
export function escapeOctal(text: string): string {
  return text.replaceAll(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

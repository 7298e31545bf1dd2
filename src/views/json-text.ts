/**
 * A document as JSON text, a newline last. JSON lets control characters above 0x7f and those that turn the reading
 * direction stand as they are; a terminal would obey them. As escapes they are the same value to every reader.
 */
export function jsonText(document: unknown): string {
  const text = JSON.stringify(document, null, 2)
  return `${text.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)}\n`
}

/** Beyond the first plane a character is two escapes. */
function escaped(char: string): string {
  return Array.from({ length: char.length }, (_, at) => `\\u${hex4(char.charCodeAt(at))}`).join('')
}

const hex4 = (code: number) => code.toString(16).padStart(4, '0')

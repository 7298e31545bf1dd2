import { encodeBytes } from './probe/bytes.ts'

/**
 * A text as one word of a command line that somebody pastes into a shell, whatever bytes it holds: nothing in it is
 * expanded, run, or taken for a second word. The only way by which values from hosts and files get into remedies.
 * What no screen shows, and the backtick that ends a command in our texts, stand as octal escapes in `$'…'`, which
 * bash, zsh, ksh and busybox read; in dash such a word is wrong, and harmless.
 */
export function quoted(text: string): string {
  if (/^[\w/.,:@%+-][\w/.,:@%+=-]*$/.test(text)) return text
  if (!unprintable.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`
  const inner = [...text].map((char) =>
    unprintable.test(char) ? octal(char) : char.replace(/[\\']/, '\\$&'),
  )
  return `$'${inner.join('')}'`
}

/** The same for what must not be taken for an option: the name of something, after all options. */
export function operand(text: string): string {
  return text.startsWith('-') ? `-- ${quoted(text)}` : quoted(text)
}

/** The node of a block device as a word of a command line. The kernel writes `!` in a name for `/`. */
export function devNode(name: string): string {
  return quoted(`/dev/${name.replaceAll('!', '/')}`)
}

/** A text as a value to be pasted into YAML: in quotes where it might be read as anything but this text. */
export function yamlText(text: string): string {
  if (/^[A-Za-z][\w.-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)) return text
  // Either form is one harmless word to a shell too, should somebody paste it there.
  if (!unprintable.test(text)) return `'${text.replaceAll("'", "''")}'`
  return `"${[...text].map((char) => (unprintable.test(char) || /["\\$]/.test(char) ? unicode(char) : char)).join('')}"`
}

function unicode(char: string): string {
  return Array.from({ length: char.length }, (_, at) => `\\u${hex4(char.charCodeAt(at))}`).join('')
}

/** A text in the prose around commands: it must not look like one, nor end one. */
export function spoken(text: string): string {
  return text.replaceAll('`', '\\x60')
}

/** Control, format and lone surrogate characters, Unicode line ends, and the backtick. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}`]/u

/** No shell word holds a NUL, so it is left out. */
function octal(char: string): string {
  return [...encodeBytes(char)]
    .map((byte) => (byte === 0 ? '' : `\\${byte.toString(8).padStart(3, '0')}`))
    .join('')
}

const hex4 = (code: number) => code.toString(16).padStart(4, '0')

import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { matchesPattern, matchesPatternList } from './patterns.ts'

/** ssh_config as one text, user's part first, with what it includes put in place. */
export interface ConfigText {
  text: string
  /** False: some file or Include could not be followed, so the text may lack what ssh would read. */
  complete: boolean
}

const DEEPEST_INCLUDE = 16

/** Reads the files in order of precedence; those that do not exist count as empty. */
export async function readConfigText(paths: readonly string[], home: string): Promise<ConfigText> {
  const parts: ConfigText[] = []
  for (const path of paths) parts.push(await readOne(path, home, 0))
  // What stands before the first Host of a file is for all hosts, whatever block the file before it ended in.
  return {
    text: parts.map((part) => part.text).join('\nHost *\n'),
    complete: parts.every((part) => part.complete),
  }
}

async function readOne(path: string, home: string, depth: number): Promise<ConfigText> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    return { text: '', complete: (error as NodeJS.ErrnoException).code === 'ENOENT' }
  }
  let complete = depth < DEEPEST_INCLUDE
  const lines: string[] = []
  for (const line of text.split(/\r?\n/)) {
    const { keyword, values } = directive(line)
    if (keyword !== 'include') lines.push(line)
    else if (complete) {
      for (const pattern of values) {
        const base = path.startsWith('/etc/ssh/') ? '/etc/ssh' : join(home, '.ssh')
        const found = await expandInclude(pattern.replace(/^~(?=\/)/, home), base)
        complete &&= found !== null
        for (const file of found ?? []) {
          const included = await readOne(file, home, depth + 1)
          complete &&= included.complete
          lines.push(included.text)
        }
      }
    }
  }
  return { text: lines.join('\n'), complete }
}

/** Files of an Include, sorted as glob(3) does; null for what this cannot follow, such as globs in folder names. */
async function expandInclude(pattern: string, base: string): Promise<string[] | null> {
  const path = isAbsolute(pattern) ? pattern : join(base, pattern)
  if (/[[\]{}%$]/.test(path) || /[*?]/.test(dirname(path))) return null
  if (!/[*?]/.test(path)) return [path]
  try {
    const names = await readdir(dirname(path))
    return names
      .filter((name) => !name.startsWith('.') && matchesPattern(basename(path), name))
      .sort()
      .map((name) => join(dirname(path), name))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : null
  }
}

/**
 * A key that hosts share when ssh would answer the same for all of them but for the host's own name, so that a fleet
 * costs a handful of `ssh -G` and not one a host; null where this cannot be told.
 */
export function sameAnswerKey(config: ConfigText, host: string): string | null {
  if (!config.complete) return null
  let key = ''
  for (const line of config.text.split('\n')) {
    const { keyword, values } = directive(line)
    if (keyword === 'host') key += matchesPatternList(values, host) ? '+' : '-'
    const dependsOnMore =
      (keyword === 'match' && values.join(' ').toLowerCase() !== 'all') ||
      keyword.startsWith('canonical') ||
      (keyword === 'hostname' && values[0]?.toLowerCase() === host.toLowerCase()) ||
      values.some((value) => value.includes('%'))
    if (dependsOnMore) return null
  }
  return key
}

/** One line of ssh_config: keyword in lower case (empty for blanks and comments), and its values without quotes. */
function directive(line: string): { keyword: string; values: string[] } {
  const [, keyword = '', rest = ''] = /^\s*([A-Za-z]\w*)\s*(?:=|\s)\s*(.*)$/.exec(line) ?? []
  const values = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  return { keyword: keyword.toLowerCase(), values }
}

import { readFile, stat } from 'node:fs/promises'
import { decodeBytes } from '../../probe/bytes.ts'
import { type Finding, type Problem, problemAt } from '../problem.ts'

export type Source = { ok: true; text: string } | { ok: false; problem: Problem }

const MAX_BYTES = 64 * 2 ** 20

/** Reads a text file: UTF-8, with or without a byte order mark, which is left out of the text. */
export async function readSource(file: string): Promise<Source> {
  let bytes: Buffer
  try {
    const { size } = await stat(file)
    if (size > MAX_BYTES)
      return refuse(file, { code: 'FILE_TOO_LARGE', message: `it has ${size} bytes; 64 MiB is the most` })
    bytes = await readFile(file)
  } catch (error) {
    return refuse(file, unreadable(error))
  }
  return decodeText(file, bytes)
}

/** The text that the bytes of `file` hold, or where they stop being UTF-8. */
export function decodeText(file: string, bytes: Uint8Array): Source {
  const text = decodeBytes(bytes).replace(/^\ufeff/, '')
  const bad = /[\udc80-\udcff]/u.exec(text)
  if (bad !== null) {
    const before = text.slice(0, bad.index).split('\n')
    const position = { file, line: before.length, column: (before.at(-1) ?? '').length + 1 }
    const byte = ((bad[0].codePointAt(0) ?? 0) - 0xdc00).toString(16)
    const message = `the byte 0x${byte} is not UTF-8`
    const suggestion = 'save the file as UTF-8'
    return { ok: false, problem: problemAt(position, '', { code: 'FILE_NOT_UTF8', message, suggestion }) }
  }
  if (text.trim() === '') return refuse(file, { code: 'FILE_EMPTY', message: 'the file is empty' })
  return { ok: true, text }
}

function unreadable(error: unknown): Finding {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { code: 'FILE_NOT_FOUND', message: 'there is no such file' }
  if (code === 'EISDIR') return { code: 'FILE_IS_DIRECTORY', message: 'this is a directory, not a file' }
  if (code === 'EACCES') return { code: 'FILE_UNREADABLE', message: 'permission to read the file is denied' }
  return { code: 'FILE_UNREADABLE', message: `the file cannot be read: ${String(error)}` }
}

const refuse = (file: string, finding: Finding): Source => ({
  ok: false,
  problem: problemAt({ file, line: 1, column: 1 }, '', finding),
})

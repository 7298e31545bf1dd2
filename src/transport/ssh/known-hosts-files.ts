import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ProvisionError } from '../../errors.ts'
import { quoted } from '../../paste.ts'
import { type KnownHost, parseKnownHosts, renderKnownHost } from './known-hosts.ts'

/** known_hosts files on disk, parsed again only after they changed. */
export class KnownHostsFiles {
  readonly #parsed = new Map<string, { stamp: string; lines: KnownHost[] }>()
  /** Known for the rest of this run where nothing is kept, as with the common `UserKnownHostsFile /dev/null`. */
  readonly #recorded: KnownHost[] = []

  /** All lines, in the order of the files. Files that do not exist count as empty; one that cannot be read does not. */
  async read(paths: readonly string[]): Promise<KnownHost[]> {
    const lines: KnownHost[] = []
    for (const path of paths) lines.push(...(await this.#readOne(path)))
    return [...lines, ...this.#recorded]
  }

  /**
   * Makes `key` known under `name`, in the file at `path` unless it is null. Folder and file are created, for the
   * user alone, where they are missing.
   */
  async record(path: string | null, name: string, key: Buffer, hashed: boolean): Promise<void> {
    const line = renderKnownHost(name, key, hashed ? randomBytes(20) : null)
    this.#recorded.push(...parseKnownHosts(line, path ?? 'this run'))
    if (path === null) return
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await appendFile(path, (await endsWithinLine(path)) ? `\n${line}` : line, { mode: 0o600 })
    } catch (error) {
      throw unusable(path, 'written', error)
    }
  }

  async #readOne(path: string): Promise<KnownHost[]> {
    try {
      const { mtimeMs, size, ino } = await stat(path)
      const stamp = `${mtimeMs} ${size} ${ino}`
      const cached = this.#parsed.get(path)
      if (cached?.stamp === stamp) return cached.lines
      const lines = parseKnownHosts(await readFile(path, 'utf8'), path)
      this.#parsed.set(path, { stamp, lines })
      return lines
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw unusable(path, 'read', error)
    }
  }
}

/** A hand-edited file may lack its last newline; a line put to it would spoil both. */
async function endsWithinLine(path: string): Promise<boolean> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const last = Buffer.alloc(1)
      return size > 0 && (await file.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] !== 0x0a
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function unusable(path: string, verb: string, error: unknown): ProvisionError {
  const why = error instanceof Error ? error.message : String(error)
  return new ProvisionError(
    'KNOWN_HOSTS_UNUSABLE',
    `${path} cannot be ${verb}, so no host can be told apart: ${why}`,
    {
      hint: `Look at it: ls -l ${quoted(path)}`,
      cause: error,
    },
  )
}

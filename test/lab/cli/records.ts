import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheRoot } from '../cache.ts'
import type { Guest } from '../guest.ts'
import type { SpecName } from '../specs.ts'

/** What is written down about a guest that a person brought up, for the commands that come later. */
export interface UpRecord {
  readonly spec: SpecName
  readonly pid: number
  readonly dir: string
  readonly port: number
  readonly identityFile: string
  readonly knownHosts: string
}

const folder = () => join(cacheRoot(), 'up')

export async function remember(spec: SpecName, guest: Guest): Promise<void> {
  const { pid, dir, port, identityFile, knownHosts } = guest
  const record: UpRecord = { spec, pid, dir, port, identityFile, knownHosts }
  await mkdir(folder(), { recursive: true })
  await writeFile(join(folder(), `${spec}.json`), `${JSON.stringify(record, null, 2)}\n`)
}

export async function forget(spec: SpecName): Promise<void> {
  await rm(join(folder(), `${spec}.json`), { force: true })
}

/** The guests that are up; a record whose guest is gone is removed with what the guest left. */
export async function recorded(): Promise<UpRecord[]> {
  const alive: UpRecord[] = []
  for (const name of await readdir(folder()).catch(() => [])) {
    const record = JSON.parse(await readFile(join(folder(), name), 'utf8')) as UpRecord
    if (runs(record)) alive.push(record)
    else {
      await forget(record.spec)
      await rm(record.dir, { recursive: true, force: true })
    }
  }
  return alive
}

/** The one that is meant: by its spec, or because no other is up. */
export async function pick(spec: SpecName | undefined): Promise<UpRecord> {
  const all = await recorded()
  const found = spec ? all.filter((record) => record.spec === spec) : all
  const [only, ...more] = found
  if (!only) throw new Error(`no ${spec ?? 'lab'} guest is up; npm run lab -- up`)
  if (more.length > 0)
    throw new Error(`several guests are up; say --spec ${found.map((r) => r.spec).join('|')}`)
  return only
}

/** Whether its QEMU still runs. A pid alone proves nothing, it may be someone else's by now: the run folder in its arguments does. */
export function runs({ pid, dir }: UpRecord): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir)
  } catch {
    return false
  }
}

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** In memory where there is such a place: planted hosts are thousands of tiny files. */
const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Calls `use` with a fresh folder, whose name has a space in it, and removes the folder after. */
export function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(parent, 'provision test '))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

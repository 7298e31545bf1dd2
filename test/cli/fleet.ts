import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFleet, type Fleet } from '../../src/sim/fleet.ts'
import type { SimHostSpec } from '../../src/sim/sim-host.ts'

/** A simulated fleet as a user meets it: a folder with a hosts file, and command lines. */
export interface CliFleet {
  fleet: Fleet
  hostsFile: string
  path(name: string): string
  /** Edits the hosts file: the first is replaced by the second, which must be possible. */
  edit(from: string, to: string): Promise<void>
}

/** Gives a fleet that declares this YAML for all its hosts to `use`, and takes it down however that ends. */
export async function withCliFleet(
  hosts: SimHostSpec[],
  declared: string,
  use: (fleet: CliFleet) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'provision-cli-'))
  const fleet = await createFleet({ hosts })
  try {
    const { hostsFile } = await fleet.writeFiles(folder, declared)
    await use({
      fleet,
      hostsFile,
      path: (name) => join(folder, name),
      async edit(from, to) {
        const text = await readFile(hostsFile, 'utf8')
        if (!text.includes(from)) throw new Error(`the hosts file has no ${from}`)
        await writeFile(hostsFile, text.replace(from, to))
      },
    })
  } finally {
    await fleet.close()
    await rm(folder, { recursive: true })
  }
}

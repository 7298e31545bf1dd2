import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type LoadResult, loadConfig } from '../../src/config/load.ts'
import { renderProblems } from '../../src/config/problem.ts'

/** Files of a test, by path. The hosts file is `hosts.yaml`. */
export type Files = Record<string, string | Buffer>

export interface Loaded {
  result: LoadResult
  /** Problems as the user reads them, with the folder of the test left out. */
  text: string
}

/** Writes the files to a fresh folder and loads its `hosts.yaml`. */
export async function loadFiles(files: Files): Promise<Loaded> {
  const folder = await mkdtemp(path.join(tmpdir(), 'provision-config-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.join(folder, path.dirname(name)), { recursive: true })
      await writeFile(path.join(folder, name), content)
    }
    const result = await loadConfig(path.join(folder, 'hosts.yaml'))
    const problems = result.ok ? result.config.warnings : result.problems
    return { result, text: renderProblems(problems).replaceAll(`${folder}/`, '') }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The same for what must be valid. */
export async function configOf(files: Files) {
  const { result, text } = await loadFiles(files)
  if (!result.ok) throw new Error(`not valid:\n${text}`)
  return result.config
}

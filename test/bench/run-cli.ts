import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Cost {
  wallMs: number
  /** User and system time of the process. */
  cpuMs: number
  maxRssMiB: number
  code: number
}

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const measure = new URL('./measure.mjs', import.meta.url).href

/** Runs the built `provision` once, as a user would, and tells what it cost. */
export async function costOf(argv: string[]): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), 'provision-bench-'))
  const usage = join(folder, 'usage.json')
  try {
    const began = performance.now()
    const code = await exitOf(['--import', measure, main, ...argv], { ...process.env, BENCH_USAGE: usage })
    const wallMs = performance.now() - began
    return {
      wallMs,
      code,
      ...(JSON.parse(await readFile(usage, 'utf8')) as Pick<Cost, 'cpuMs' | 'maxRssMiB'>),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Wall time of `node` with these arguments, in milliseconds. */
export async function wallOf(args: string[]): Promise<number> {
  const began = performance.now()
  await exitOf(args, process.env)
  return performance.now() - began
}

export { main as builtMain }

function exitOf(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? -1))
  })
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

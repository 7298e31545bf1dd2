import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Cost, costOf } from './run-cli.ts'
import type { Row } from './table.ts'

/** What this process costs for each host it plans, and what it holds at a thousand. */
export async function fleet(): Promise<Row[]> {
  const one = await planOver(1)
  const some = await planOver(300)
  const many = await planOver(1000)
  const perHost = (some.cpuMs - one.cpuMs) / 299
  return [
    {
      what: 'CPU of `plan` per host, over 300 simulated hosts (SSH, probe and plan)',
      figure: `${perHost.toFixed(1)} ms`,
      aim: 'under 10 ms',
      met: perHost < 10,
    },
    {
      what: 'peak memory of `plan` at 1,000 simulated hosts',
      figure: `${many.maxRssMiB.toFixed(0)} MiB (at 1 host: ${one.maxRssMiB.toFixed(0)} MiB)`,
      aim: 'under 200 MB',
      met: many.maxRssMiB * 1.048576 < 200,
    },
  ]
}

async function planOver(hosts: number): Promise<Cost> {
  const server = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./sim-fleet.ts', import.meta.url)), String(hosts)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  try {
    const [hostsFile] = (await once(createInterface({ input: server.stdout }), 'line')) as [string]
    const cost = await costOf(['plan', hostsFile, '--json'])
    if (cost.code !== 0) throw new Error(`plan over ${hosts} hosts ended with ${cost.code}`)
    return cost
  } finally {
    server.stdin.end()
    await once(server, 'exit')
  }
}

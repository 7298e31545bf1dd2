import { rm } from 'node:fs/promises'
import { until } from '../until.ts'
import { options } from './options.ts'
import { forget, recorded, runs } from './records.ts'

export async function down(args: string[]): Promise<number> {
  const { spec } = options(args)
  for (const record of await recorded()) {
    if (spec && record.spec !== spec) continue
    process.kill(record.pid, 'SIGKILL')
    await until(async () => (runs(record) ? undefined : true), {
      what: 'QEMU ends',
      deadlineMs: 30_000,
    })
    await rm(record.dir, { recursive: true, force: true })
    await forget(record.spec)
    console.log(`${record.spec} is down`)
  }
  return 0
}

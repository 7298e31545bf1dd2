import { recorded } from './records.ts'

export async function status(): Promise<number> {
  const all = await recorded()
  for (const { spec, pid, port, dir } of all) {
    console.log(
      `${spec}: pid ${pid}, 127.0.0.1:${port}, console ${dir}/console.log, hosts file ${dir}/hosts.yaml`,
    )
  }
  if (all.length === 0) console.log('no guest is up')
  return 0
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataOn } from '../fixtures/filesystems.ts'
import { bdfs } from '../fixtures/pci.ts'
import { Guest } from '../guest.ts'
import { SPECS } from '../specs.ts'
import { sshArgs } from '../ssh.ts'
import { hostsFile } from './hosts-file.ts'
import { options } from './options.ts'
import { forget, recorded, remember } from './records.ts'

export async function up(args: string[]): Promise<number> {
  const { spec: name = 'standard', detach } = options(args)
  if ((await recorded()).some((record) => record.spec === name)) {
    throw new Error(`${name} is up already; npm run lab -- status`)
  }
  const guest = await Guest.start(SPECS[name], { log: console.error, detached: detach })
  await remember(name, guest)
  await dataOn(guest, guest.spec.drives[0]?.serial ?? '', { partitioned: true })
  const hosts = hostsFile(guest, await bdfs(guest))
  const file = join(guest.dir, 'hosts.yaml')
  await writeFile(file, hosts)
  process.stdout.write(hosts)
  console.error(
    [
      '',
      `The same stands in ${file}: npm run provision -- plan ${file}`,
      `ssh ${sshArgs(guest, 'ops').join(' ')}`,
      `console: ${guest.dir}/console.log`,
      detach ? 'npm run lab -- down ends it' : 'Ctrl-C ends it',
    ].join('\n'),
  )
  if (detach) return 0
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
  })
  await guest.stop()
  await forget(name)
  return 0
}

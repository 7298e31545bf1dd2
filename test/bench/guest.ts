import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Guest } from '../lab/guest.ts'
import { SPECS } from '../lab/specs.ts'
import { costOf, median } from './run-cli.ts'
import type { Row } from './table.ts'

/** `plan` against the bare `ssh HOST true`, turn by turn on the same lab guest. */
export async function guest(): Promise<Row[]> {
  const host = await Guest.start(SPECS.standard)
  const folder = await mkdtemp(join(tmpdir(), 'provision-bench-guest-'))
  try {
    const file = join(folder, 'hosts.yaml')
    await writeFile(file, hostsFile(host))
    const bare: number[] = []
    const plan: number[] = []
    for (let turn = 0; turn < 7; turn += 1) {
      const began = performance.now()
      const { code } = await host.ssh('true', { user: 'ops' })
      bare.push(performance.now() - began)
      const cost = await costOf(['plan', file])
      plan.push(cost.wallMs)
      if (code !== 0 || cost.code !== 0) throw new Error(`ssh ended with ${code}, plan with ${cost.code}`)
    }
    const ratio = median(plan) / median(bare)
    return [
      {
        what: 'wall time of `plan` against bare `ssh HOST true`, same lab guest (7 NVMe, emulated CPU)',
        figure: `${ratio.toFixed(2)} × (${(median(plan) / 1000).toFixed(1)} s : ${(median(bare) / 1000).toFixed(1)} s)`,
        aim: 'under 2 ×',
        met: ratio < 2,
      },
    ]
  } finally {
    await host.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function hostsFile(host: Guest): string {
  return [
    'version: 1',
    `ssh: { user: ops, port: ${host.port}, identity_file: ${host.identityFile}, known_hosts: ${host.knownHosts} }`,
    'hosts:',
    '  guest:',
    '    address: 127.0.0.1',
    '    devices: { spdk: [{ match: { model: "QEMU*", count: 1 } }] }',
    '',
  ].join('\n')
}

// A simulated fleet in a process of its own, so that its cost is not counted as provision's.
// Prints the hosts file's path, then serves until its standard input ends.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFleet } from '../../src/sim/fleet.ts'
import { dataAddresses, storageNode } from '../../src/sim/storage-node.ts'

const count = Number(process.argv[2])
const names = Array.from({ length: count }, (_, index) => `sim-${String(index + 1).padStart(4, '0')}`)
const fleet = await createFleet({ hosts: names.map((name) => ({ name, facts: storageNode({ name }) })) })
const folder = await mkdtemp(join(tmpdir(), 'provision-bench-fleet-'))
const [first = '', second = ''] = dataAddresses(6)
const { hostsFile } = await fleet.writeFiles(
  folder,
  `devices: { spdk: ["${first}", "${second}"] }\nin_use: release\n`,
)
process.stdout.write(`${hostsFile}\n`)
process.stdin.resume().once('end', async () => {
  await fleet.close()
  await rm(folder, { recursive: true, force: true })
})

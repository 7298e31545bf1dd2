import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostDeclaration } from '../../src/config/declaration.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { probeHost } from '../../src/probe/run-probe.ts'
import { createFleet, type Fleet } from '../../src/sim/fleet.ts'
import type { SimHostSpec } from '../../src/sim/sim-host.ts'
import { resolveBecome } from '../../src/transport/become.ts'
import { createSsh2Transport } from '../../src/transport/ssh2.ts'
import type { Connection, Transport } from '../../src/transport/transport.ts'

/** A fleet with what is needed to work with it: its hosts file, read, and a real SSH transport. */
export interface Simulated {
  fleet: Fleet
  folder: string
  declarations: HostDeclaration[]
  transport: Transport
}

/** Gives a fleet to `use`, and takes it down however that ends. */
export async function withFleet(
  hosts: SimHostSpec[],
  declared: string,
  use: (simulated: Simulated) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'provision-sim-'))
  const fleet = await createFleet({ hosts })
  const transport = createSsh2Transport({ configFile: '/dev/null', sshBinary: null })
  try {
    const { hostsFile } = await fleet.writeFiles(folder, declared)
    const loaded = await loadConfig(hostsFile)
    assert.ok(loaded.ok, JSON.stringify(loaded))
    await use({ fleet, folder, declarations: loaded.config.hosts, transport })
  } finally {
    await transport.close()
    await fleet.close()
    await rm(folder, { recursive: true })
  }
}

/** Connects, gives the connection to `use`, and closes it. */
export async function connected<T>(
  { transport, declarations }: Simulated,
  name: string,
  use: (connection: Connection, declaration: HostDeclaration) => Promise<T>,
): Promise<T> {
  const declaration = declarations.find((one) => one.name === name)
  assert.ok(declaration, `no host ${name}`)
  const connection = await transport.connect(declaration)
  try {
    return await use(connection, declaration)
  } finally {
    connection.close()
  }
}

/** What the host's answer to a real probe says. */
export function probe(simulated: Simulated, name: string, users: string[] = []): Promise<HostFacts> {
  return connected(simulated, name, (connection, { ssh }) =>
    probeHost(connection, {
      nonce: 'abc123',
      become: resolveBecome(ssh.become, connection.user),
      users,
      timeoutMs: 10_000,
    }),
  )
}

import type { SshSettings } from '../../../src/config/declaration.ts'
import { createSsh2Transport, type Ssh2Options } from '../../../src/transport/ssh2.ts'
import type { Connection, Transport } from '../../../src/transport/transport.ts'
import { me, type SshLab } from './sshd.ts'

export const noSettings: SshSettings = {
  user: null,
  port: null,
  identityFiles: [],
  knownHosts: null,
  become: 'auto',
  jump: [],
}

/** A transport whose home is the lab's folder: no key, agent or ssh_config of the person who runs the tests. */
export function labTransport(
  lab: SshLab,
  options: Ssh2Options = {},
  variables: Record<string, string> = {},
): Transport {
  return createSsh2Transport({
    configFile: lab.path('ssh_config'),
    local: { user: me, uid: 0, home: lab.dir, hostname: 'here', variables },
    ...options,
  })
}

/** Connects to 127.0.0.1 with `settings`. */
export function connectTo(transport: Transport, settings: Partial<SshSettings>): Promise<Connection> {
  return transport.connect({
    name: 'stor-01',
    address: '127.0.0.1',
    ssh: { ...noSettings, ...settings },
  })
}

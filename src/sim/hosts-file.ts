interface PlacedHost {
  name: string
  port: number
  /** YAML for this host alone, not indented; may be empty. */
  declared: string
}

/** The hosts file of a fleet on the loopback. `declared` is what stands at its top for all hosts. */
export function renderHostsFile(hosts: readonly PlacedHost[], declared: string): string {
  return [
    'version: 1',
    'ssh:',
    '  user: ops',
    '  identity_file: ./key',
    '  known_hosts: ./known_hosts',
    '  become: sudo',
    ...lines(declared),
    'hosts:',
    ...hosts.flatMap(({ name, port, declared: own }) => [
      `  ${name}:`,
      '    address: 127.0.0.1',
      `    ssh: { port: ${port} }`,
      ...lines(own).map((line) => `    ${line}`),
    ]),
    '',
  ].join('\n')
}

function lines(yaml: string): string[] {
  const text = yaml.trimEnd()
  return text === '' ? [] : text.split('\n')
}

/** One key for every port; a port that nothing listens on may be among them. */
export function renderKnownHosts(ports: readonly number[], publicKey: string): string {
  return [...new Set(ports)].map((port) => `[127.0.0.1]:${port} ${publicKey}\n`).join('')
}

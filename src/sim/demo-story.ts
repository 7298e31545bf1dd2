import { demoDeclared } from './demo-fleet.ts'

/** One command of the story that `provision demo` plays, and what has to come of it. */
export interface Scene {
  /** What the reader has to know before. */
  intro: string
  file?: FileView
  /** What is run, without `provision`. */
  command: string[]
  /** The exit code that it must end with. */
  exit: number
  /** What the reader has just seen. */
  outro: string
}

/** What is shown of hosts.yaml before the command. */
export type FileView =
  | { kind: 'as_is'; text: string }
  /** The line is replaced. */
  | { kind: 'change'; line: string; by: string }
  /** Lines are added after it. */
  | { kind: 'add'; after: string; lines: string[] }

/** The six scenes. `first` is the host with a mounted drive, `last` the one that gets a wrong serial, at its port. */
export function demoStory({ first, last }: { first: string; last: { name: string; port: number } }): Scene[] {
  const planFirst = ['plan', 'hosts.yaml', '-l', first]
  const apply = ['apply', 'hosts.yaml', '-y']
  return [
    {
      intro: `On ${first}, somebody keeps data on one of the drives that the hosts file wants for SPDK:`,
      file: { kind: 'as_is', text: demoDeclared },
      command: planFirst,
      exit: 3,
      outro:
        'Refused, with exit code 3: a drive in use is never taken by accident. An apply to the whole fleet would not begin either, on any host, as long as this one is blocked.',
    },
    {
      intro: 'Say that this data may go offline. Then the hosts file says so, where a reviewer sees it:',
      file: { kind: 'change', line: 'in_use: refuse', by: 'in_use: release' },
      command: planFirst,
      exit: 0,
      outro:
        'Every step, in its order: hugepages before any drive moves, and /data is unmounted before its drive does. What is on the drive stays there: provision never writes to a drive.',
    },
    {
      intro:
        'Now for all hosts. Each carries its steps out by itself, and takes them back if one of them fails.',
      command: apply,
      exit: 0,
      outro:
        'After its last step each host was probed again, and is as the plan had predicted. The mount at /data is on record on its host, for `provision release` to bring back.',
    },
    {
      intro: 'Is it still so? For cron and CI: exit code 0 if all is as declared, 2 on drift.',
      command: ['verify', 'hosts.yaml'],
      exit: 0,
      outro: 'It is.',
    },
    {
      intro: 'The same apply once more:',
      command: apply,
      exit: 0,
      outro: 'There was nothing to do, so nothing was done.',
    },
    {
      intro: `${last.name} shall give a third drive to SPDK, guarded by its serial number. But somebody has swapped drives since that was written down:`,
      file: {
        kind: 'add',
        after: `    ssh: { port: ${last.port} }`,
        lines: [
          '    devices:',
          '      spdk:',
          '        - "0000:5e:00.0"',
          '        - "0000:5f:00.0"',
          '        - { bdf: "0000:60:00.0", serial: "S64HNE0R400017" }',
        ],
      },
      command: ['plan', 'hosts.yaml', '-l', last.name],
      exit: 3,
      outro: 'Refused again: another drive answers at that address than the one that was meant.',
    },
  ]
}

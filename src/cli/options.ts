import { type Command, InvalidArgumentError } from 'commander'

/** Options that every command which reaches hosts takes; the habits of Ansible and Terraform. */
export interface FleetOptions {
  limit?: string
  forks?: number
  timeout: number
  transport: 'ssh2' | 'local'
  json?: true
  verbose?: true
  color: boolean
}

export function withFleetOptions(command: Command): Command {
  return command
    .option('-l, --limit <pattern>', 'only these hosts: names, groups, globs, `a:b`, `a:!b`, `a:&b`, `@file`')
    .option('-f, --forks <n>', 'hosts worked on at once (default: rollout.forks, else 32)', wholeNumber)
    .option('--timeout <seconds>', 'how long one probe may take', wholeNumber, 120)
    .option('--transport <name>', 'ssh2, or local for this machine', oneOf('ssh2', 'local'), 'ssh2')
    .option('--json', 'one JSON document on stdout')
    .option('-v, --verbose', 'say more')
    .option('--no-color', 'no colours')
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 on.')
  return value
}

function oneOf<T extends string>(...allowed: T[]) {
  return (text: string): T => {
    const found = allowed.find((name) => name === text)
    if (found === undefined) throw new InvalidArgumentError(`It must be one of ${allowed.join(', ')}.`)
    return found
  }
}

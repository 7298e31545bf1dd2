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

/** Options of commands that change hosts. */
export interface ChangeOptions extends FleetOptions {
  autoApprove?: true
  check?: true
  skipBlocked?: true
  skipUnreachable?: true
  /** Seconds. */
  lockTimeout: number
}

export function withChangeOptions(command: Command): Command {
  return withLockTimeout(command)
    .option('-y, --auto-approve', 'do not ask')
    .option('-C, --check', 'change nothing: same as plan')
    .option('--skip-blocked', 'go on without hosts that are blocked')
    .option('--skip-unreachable', 'go on without hosts that cannot be reached')
}

export function withLockTimeout(command: Command): Command {
  return command.option(
    '--lock-timeout <seconds>',
    'how long to wait for another run on the same host',
    wholeNumberFromZero,
    0,
  )
}

export function withFleetOptions(command: Command): Command {
  return withHostOptions(
    command
      .option(
        '-l, --limit <pattern>',
        'only these hosts: names, groups, globs, `a:b`, `a:!b`, `a:&b`, `@file`',
      )
      .option('-f, --forks <n>', 'hosts worked on at once (default: rollout.forks, else 32)', wholeNumber)
      .option('--json', 'one JSON document on stdout'),
  )
}

/** Options of every command that reaches a host. */
export function withHostOptions(command: Command): Command {
  return command
    .option('--timeout <seconds>', 'how long one probe may take', wholeNumber, 120)
    .option('--transport <name>', 'ssh2, or local for this machine', oneOf('ssh2', 'local'), 'ssh2')
    .option('-v, --verbose', 'say more')
    .option('--no-color', 'no colours')
}

function wholeNumberFromZero(text: string): number {
  return text === '0' ? 0 : wholeNumber(text)
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

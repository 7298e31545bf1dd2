import { execFile } from 'node:child_process'
import { join } from 'node:path'
import pLimit from 'p-limit'
import SSHConfig from 'ssh-config'
import { ProvisionError } from '../../errors.ts'
import { quoted } from '../../paste.ts'
import { type ConfigText, readConfigText, sameAnswerKey } from './config-files.ts'

/** What ssh_config says of one host: lower-case keyword → its values, in order of precedence. */
export type ConfigValues = ReadonlyMap<string, readonly string[]>

export interface ConfigSource {
  /** Rejects with SSH_CONFIG_INVALID where ssh_config has an error. */
  query(asked: { host: string; user: string | null; port: number | null }): Promise<ConfigValues>
}

export interface ConfigSourceOptions {
  home: string
  /** The `ssh` to ask; null to do without. Where it does not exist, `ssh-config` stands in for it. */
  sshBinary: string | null
  /** Read this file alone, as `ssh -F` does; null for the usual ones. */
  configFile: string | null
}

/** `ssh -G` is a process of 13 ms; more at once only crowd out the event loop. */
const SPAWNS_AT_ONCE = 4

/**
 * Asks `ssh -G`, whose word on Include, Match and precedence is exact, and remembers the answers. Hosts of which
 * ssh_config says the same share one. Files are read once: they are not expected to change during a run.
 */
export function createConfigSource(options: ConfigSourceOptions): ConfigSource {
  const files =
    options.configFile === null
      ? [join(options.home, '.ssh', 'config'), '/etc/ssh/ssh_config']
      : [options.configFile]
  const limit = pLimit(SPAWNS_AT_ONCE)
  const answers = new Map<string, Promise<Answer>>()
  let text: Promise<ConfigText> | undefined

  async function answer(host: string, user: string | null, port: number | null): Promise<Answer> {
    const asked = options.sshBinary === null ? null : await limit(() => askSsh(options, host, user, port))
    return { host, values: asked ?? computeValues((await read()).text, host) }
  }
  const read = () => {
    text ??= readConfigText(files, options.home)
    return text
  }
  return {
    async query({ host, user, port }) {
      // Only `Match` and tokens look at user and port; without them hosts that differ there share one answer.
      const shared = sameAnswerKey(await read(), host)
      const key = shared ?? JSON.stringify([host, user, port])
      const pending =
        answers.get(key) ?? (shared === null ? answer(host, user, port) : answer(host, null, null))
      answers.set(key, pending)
      return answerFor(await pending, host)
    },
  }
}

interface Answer {
  host: string
  values: ConfigValues
}

/** `ssh -G` answers the host's own name (in lower case) where no HostName is set: then the other host's own counts. */
function answerFor({ host, values }: Answer, asked: string): ConfigValues {
  const hostName = values.get('hostname')?.[0]
  if (asked === host || hostName?.toLowerCase() !== host.toLowerCase()) return values
  return new Map(values).set('hostname', [asked])
}

/** Null where there is no ssh binary. */
function askSsh(
  { sshBinary, configFile }: ConfigSourceOptions,
  host: string,
  user: string | null,
  port: number | null,
): Promise<ConfigValues | null> {
  const argv = [
    '-G',
    ...(configFile === null ? [] : ['-F', configFile]),
    ...(user === null ? [] : ['-l', user]),
    ...(port === null ? [] : ['-p', String(port)]),
    '--',
    host,
  ]
  return new Promise((resolve, reject) => {
    execFile(sshBinary ?? 'ssh', argv, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(parseSshG(stdout))
      else if (error.code === 'ENOENT') resolve(null)
      else reject(invalidConfig(host, stderr.trim() || error.message))
    }).stdin?.end()
  })
}

function invalidConfig(host: string, why: string): ProvisionError {
  return new ProvisionError(
    'SSH_CONFIG_INVALID',
    `ssh cannot make sense of its settings for ${host}: ${why}`,
    {
      hint: `Mend what it names; this shows the same: ssh -G -- ${quoted(host)}`,
    },
  )
}

/** Each line is a keyword and its value; only lists of paths hold several values in one line. */
export function parseSshG(text: string): ConfigValues {
  const values = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space <= 0) continue
    const keyword = line.slice(0, space)
    const value = line.slice(space + 1)
    const several = keyword.endsWith('knownhostsfile') ? value.split(' ') : [value]
    values.set(keyword, [...(values.get(keyword) ?? []), ...several])
  }
  return values
}

/**
 * The stand-in for `ssh -G`: Host blocks, quoting and precedence are right, Match only by what ssh-config knows.
 * `Match exec` is never run, as its shell is not the user's.
 */
export function computeValues(text: string, host: string): ConfigValues {
  let computed: Record<string, string | string[]>
  try {
    computed = SSHConfig.parse(text).compute(host, { ignoreCase: true, matchExec: false })
  } catch (error) {
    throw invalidConfig(host, error instanceof Error ? error.message : String(error))
  }
  return new Map(Object.entries(computed).map(([keyword, value]) => [keyword, [value].flat()]))
}

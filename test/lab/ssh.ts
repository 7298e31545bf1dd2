import { spawn } from 'node:child_process'
import { connect } from 'node:net'

/** How to reach a guest: all that a user's own `ssh` would need, too. */
export interface SshTarget {
  readonly port: number
  readonly identityFile: string
  readonly knownHosts: string
}

export interface SshOptions {
  readonly user?: 'root' | 'ops' | 'opspw'
  readonly stdin?: string
  readonly timeoutMs?: number
}

export interface SshResult {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

/** The arguments of the real `ssh`, cut off from the configuration of whoever runs the lab. */
export function sshArgs(target: SshTarget, user: string): string[] {
  const options = ['IdentitiesOnly=yes', 'StrictHostKeyChecking=yes', 'BatchMode=yes', 'ConnectTimeout=60']
  options.push('ControlMaster=no', 'ControlPath=none', `UserKnownHostsFile=${target.knownHosts}`)
  // the default key exchange (sntrup761) is a second of work for an emulated CPU
  options.push('KexAlgorithms=curve25519-sha256')
  return [
    ...['-F', '/dev/null', '-i', target.identityFile, '-p', String(target.port)],
    ...options.flatMap((option) => ['-o', option]),
    `${user}@127.0.0.1`,
  ]
}

export function runSsh(target: SshTarget, command: string, options: SshOptions = {}): Promise<SshResult> {
  const child = spawn('ssh', [...sshArgs(target, options.user ?? 'root'), command], { stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // a command that ends without reading its input is no error
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const timeoutMs = options.timeoutMs ?? 300_000
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`no end within ${timeoutMs / 1000} s: ${command}\n${stdout}\n${stderr}`))
    }, timeoutMs)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ stdout, stderr, code })
    })
  })
}

/** Whether an SSH server greets at this port: the cheapest sign that a guest is up. */
export function greets(port: number, waitMs: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (answer: true | undefined) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(waitMs, () => done(undefined))
    socket.once('data', (data) => done(data.toString('latin1').startsWith('SSH-') ? true : undefined))
    socket.once('error', () => done(undefined)).once('close', () => resolve(undefined))
  })
}

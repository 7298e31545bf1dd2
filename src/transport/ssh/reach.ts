import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'

/** How an sshd is reached: over TCP, or through the connection to a jump host. */
export type Route = { kind: 'direct' } | { kind: 'via'; bastion: Client; label: string }

export type Reached =
  | { kind: 'open'; stream: Duplex }
  /** `code` is the system's, such as ECONNREFUSED; `why` says it in words. */
  | { kind: 'failed'; code: string; why: string }

/** Opens the byte stream to an sshd. Never rejects. */
export function reach(route: Route, at: { host: string; port: number }, timeoutMs: number): Promise<Reached> {
  return route.kind === 'direct'
    ? reachOverTcp(at, timeoutMs)
    : reachVia(route.bastion, route.label, at, timeoutMs)
}

function reachOverTcp(at: { host: string; port: number }, timeoutMs: number): Promise<Reached> {
  return new Promise((resolve) => {
    // Node gives each address of a name 250 ms before it tries the next: too little for another continent.
    const socket: Socket = connect({ ...at, noDelay: true, autoSelectFamilyAttemptTimeout: 1000 })
    const timer = setTimeout(() => fail('ETIMEDOUT'), timeoutMs)
    const fail = (code: string) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ kind: 'failed', code, why: inWords(code, at, timeoutMs) })
    }
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeListener('error', onError)
      resolve({ kind: 'open', stream: socket })
    })
    // An AggregateError of several addresses has the code of the first.
    const onError = (error: NodeJS.ErrnoException) => fail(error.code ?? error.message)
    socket.on('error', onError)
  })
}

function reachVia(
  bastion: Client,
  label: string,
  at: { host: string; port: number },
  timeoutMs: number,
): Promise<Reached> {
  return new Promise((resolve) => {
    let late = false
    const fail = (code: string, why: string) => {
      late = true
      clearTimeout(timer)
      resolve({ kind: 'failed', code, why })
    }
    const timer = setTimeout(
      () => fail('ETIMEDOUT', `${label} did not reach it within ${timeoutMs / 1000} s`),
      timeoutMs,
    )
    try {
      bastion.forwardOut('127.0.0.1', 0, at.host, at.port, (error, channel) => {
        if (error) return fail(forwardCode(error), `${label} says: ${error.message.replace('(SSH) ', '')}`)
        if (late) return channel.close()
        clearTimeout(timer)
        resolve({ kind: 'open', stream: channel })
      })
    } catch {
      // ssh2 throws where the connection is gone already.
      fail('EPIPE', `the connection to ${label} is gone`)
    }
  })
}

/** RFC 4254, 5.1: 1 is administratively prohibited. */
function forwardCode(error: Error): string {
  return 'reason' in error && error.reason === 1 ? 'EPROHIBITED' : 'ECONNREFUSED'
}

function inWords(code: string, { host, port }: { host: string; port: number }, timeoutMs: number): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens on port ${port} of ${host}`
    case 'ENOTFOUND':
      return `the name ${host} is not known to DNS or /etc/hosts`
    case 'EAI_AGAIN':
      return `the name ${host} could not be looked up now; the DNS server does not answer`
    case 'ETIMEDOUT':
      return `${host} did not answer on port ${port} within ${timeoutMs / 1000} s`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `there is no network route to ${host}`
    default:
      return `connecting to ${host} port ${port} failed with ${code}`
  }
}

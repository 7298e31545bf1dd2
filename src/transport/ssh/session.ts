import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'

/** A login that stands, and the stream that carries it. */
export interface Session {
  client: Client
  stream: Duplex
}

/** How long a peer has to acknowledge the end of a session before its stream is torn down. */
const PATIENCE_MS = 1000

/** Says goodbye. A peer that is dead never closes its side, and the open stream would keep this process alive. */
export function endSession({ client, stream }: Session): void {
  client.end()
  // Not client.destroy(): ssh2 does nothing there once the stream was ended.
  const timer = setTimeout(() => stream.destroy(), PATIENCE_MS)
  client.once('close', () => clearTimeout(timer))
}

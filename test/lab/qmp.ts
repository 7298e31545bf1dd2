import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

type Json = Record<string, unknown>
interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** QEMU's control socket: commands one way, answers and events the other, a JSON document a line. */
export class Qmp {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  readonly #events: Json[] = []
  #next = 1

  private constructor(socket: Socket) {
    this.#socket = socket
    createInterface({ input: socket }).on('line', (line) => this.#heard(JSON.parse(line) as Json))
    const lost = (error?: Error) => {
      for (const { reject } of this.#waiting.values()) reject(error ?? new Error('QMP: connection closed'))
      this.#waiting.clear()
    }
    socket.on('error', lost).on('close', () => lost())
    socket.unref()
  }

  static async open(path: string): Promise<Qmp> {
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject)
    })
    const qmp = new Qmp(socket)
    await qmp.execute('qmp_capabilities')
    return qmp
  }

  execute(command: string, args: Json = {}): Promise<unknown> {
    const id = this.#next++
    // only a pending answer keeps this process alive
    this.#socket.ref()
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    })
  }

  /** Events heard so far. */
  get events(): readonly Json[] {
    return this.#events
  }

  close(): void {
    this.#socket.destroy()
  }

  #heard(message: Json): void {
    if ('event' in message) this.#events.push(message)
    const waiting = this.#waiting.get(Number(message.id))
    if (!waiting) return
    this.#waiting.delete(Number(message.id))
    if (this.#waiting.size === 0) this.#socket.unref()
    if ('error' in message) {
      const error = message.error as { desc?: string }
      waiting.reject(new Error(`QMP: ${error.desc ?? JSON.stringify(error)}`))
    } else waiting.resolve(message.return)
  }
}

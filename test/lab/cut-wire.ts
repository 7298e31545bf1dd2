import { connect, createServer, type Server, type Socket } from 'node:net'

/** A wire to a guest's sshd that can be cut in the middle, and mended again. */
export class CutWire {
  readonly #server: Server
  readonly #ends = new Set<Socket>()
  #cut = false
  port = 0

  private constructor(targetPort: number) {
    this.#server = createServer((client) => {
      if (this.#cut) {
        client.destroy()
        return
      }
      const server = connect(targetPort, '127.0.0.1')
      client.pipe(server).pipe(client)
      for (const end of [client, server]) {
        this.#ends.add(end)
        end.on('error', () => {})
        end.on('close', () => {
          this.#ends.delete(end)
          client.destroy()
          server.destroy()
        })
      }
    })
  }

  static async to(targetPort: number): Promise<CutWire> {
    const wire = new CutWire(targetPort)
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve))
    const address = wire.#server.address()
    if (typeof address === 'object' && address !== null) wire.port = address.port
    return wire
  }

  /** What stands breaks; `stays`: and nothing new gets through until `mend`. */
  cut({ stays = false } = {}): void {
    this.#cut = stays
    for (const end of this.#ends) end.destroy()
  }

  mend(): void {
    this.#cut = false
  }

  close(): void {
    this.#server.close()
    this.cut()
  }
}

import { connect, createServer, type Server, type Socket } from 'node:net'

/** A wire between a client and a server that can go dead without a word, as a pulled cable does. */
export class DeadlyWire {
  readonly #server: Server
  readonly #ends: Socket[] = []
  port = 0

  constructor(targetPort: number) {
    this.#server = createServer((client) => {
      const server = connect(targetPort, '127.0.0.1')
      client.pipe(server)
      server.pipe(client)
      for (const end of [client, server]) end.on('error', () => {})
      this.#ends.push(client, server)
    })
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
  }

  goDead(): void {
    for (const end of this.#ends) {
      end.unpipe()
      end.pause()
    }
  }

  close(): void {
    this.#server.close()
    for (const end of this.#ends) end.destroy()
  }
}

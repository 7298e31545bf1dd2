import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Guest } from './guest.ts'

/** A folder for one suite's hosts files and plans, and a way to write a hosts file that declares this for a guest. */
export class HostsFiles {
  readonly #guest: Guest
  readonly #dir: string
  #count = 0

  private constructor(guest: Guest, dir: string) {
    this.#guest = guest
    this.#dir = dir
  }

  static async for(guest: Guest): Promise<HostsFiles> {
    return new HostsFiles(guest, await mkdtemp(join(tmpdir(), 'provision-lab-hosts-')))
  }

  path(name: string): string {
    return join(this.#dir, name)
  }

  /** `state`: YAML of what the host shall have, one key a line. */
  declare(...state: string[]): Promise<string> {
    const { port, knownHosts } = this.#guest
    return this.#write({ port, knownHosts }, state)
  }

  /** The same, with the guest behind another port. */
  async declareBehind(port: number, ...state: string[]): Promise<string> {
    const knownHosts = this.path(`known_hosts-${port}`)
    const known = await readFile(this.#guest.knownHosts, 'utf8')
    await writeFile(knownHosts, known.replace(/:\d+ /, `:${port} `))
    return this.#write({ port, knownHosts }, state)
  }

  async #write({ port, knownHosts }: { port: number; knownHosts: string }, state: string[]): Promise<string> {
    this.#count += 1
    const file = this.path(`hosts-${this.#count}.yaml`)
    const { identityFile, name } = this.#guest
    const ssh = `{ user: ops, port: ${port}, identity_file: ${identityFile}, known_hosts: ${knownHosts} }`
    const lines = ['version: 1', `ssh: ${ssh}`, 'hosts:', `  ${name}:`, '    address: 127.0.0.1']
    await writeFile(file, [...lines, ...state.map((line) => `    ${line}`), ''].join('\n'))
    return file
  }

  async remove(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true })
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tieToProcess } from './children.ts'
import { ensureImage, type Image } from './image.ts'
import { driveFile, nvmeDevice, qemuArgs } from './qemu-args.ts'
import { Qmp } from './qmp.ts'
import type { DriveSpec, GuestSpec } from './spec.ts'
import { greets, runSsh, type SshOptions, type SshResult } from './ssh.ts'
import { until } from './until.ts'

/** A boot takes about half a minute; a machine shared with other work may take many times that. */
const BOOT_DEADLINE_MS = Number(process.env.PROVISION_LAB_BOOT_SECONDS || 420) * 1000

export interface GuestOptions {
  readonly log?: (line: string) => void
  /** Let the guest outlive this process (`lab up --detach`); whoever does so stops it by its pid. */
  readonly detached?: boolean
}

export interface BootOptions {
  /** Added to this one boot's kernel command line. */
  readonly kernelArgs?: readonly string[]
}

/** A running virtual machine and everything a test does to it from outside. */
export class Guest {
  readonly spec: GuestSpec
  readonly dir: string
  readonly identityFile: string
  readonly knownHosts: string
  readonly machineId = randomBytes(16).toString('hex')
  /** How long the last boot took until SSH answered. */
  bootMs = 0
  boots = 0
  readonly #image: Image
  readonly #options: GuestOptions
  #port = 0
  #qemu: ChildProcess | undefined
  #qmp: Qmp | undefined

  private constructor(spec: GuestSpec, image: Image, dir: string, options: GuestOptions) {
    this.spec = spec
    this.dir = dir
    this.identityFile = image.identityFile
    this.knownHosts = join(dir, 'known_hosts')
    this.#image = image
    this.#options = options
  }

  /** Boots a guest with a fresh root and blank drives, and waits until SSH answers. */
  static async start(spec: GuestSpec, options: GuestOptions = {}): Promise<Guest> {
    const image = await ensureImage(options.log)
    // short, because a Unix socket's path has to fit in 107 bytes
    const dir = await mkdtemp(join(tmpdir(), 'provision-lab-'))
    const guest = new Guest(spec, image, dir, options)
    try {
      await run('qemu-img', [
        ...['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image.root],
        join(dir, 'root.qcow2'),
      ])
      for (const drive of spec.drives) await guest.#blankFiles(drive)
      await guest.boot()
    } catch (error) {
      await guest.stop()
      throw error
    }
    return guest
  }

  get name(): string {
    return this.spec.name
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    if (!this.#qemu?.pid) throw new Error(`${this.name}: not running`)
    return this.#qemu.pid
  }

  // --- power ------------------------------------------------------------------------------------

  /** Starts QEMU on what is on the disks, after `kill()` or `powerOff()`, and waits for SSH. */
  async boot(options: BootOptions = {}): Promise<void> {
    await this.#intoNextBoot(() => this.#launch(options))
  }

  /** The guest reboots itself, orderly. */
  async reboot(): Promise<void> {
    await this.#intoNextBoot(async () => {
      await this.ssh('systemctl reboot')
    })
  }

  /** Power cut: the machine starts over with nothing flushed, nothing unmounted. */
  async reset(): Promise<void> {
    await this.#intoNextBoot(async () => {
      await this.qmp('system_reset')
    })
  }

  /** Power cut without the power coming back; `boot()` brings it back. */
  async kill(): Promise<void> {
    this.#qmp?.close()
    this.#qmp = undefined
    const qemu = this.#qemu
    this.#qemu = undefined
    if (!qemu || qemu.exitCode !== null || qemu.signalCode !== null) return
    const gone = new Promise((resolve) => qemu.once('exit', resolve))
    qemu.kill('SIGKILL')
    await gone
  }

  /** Shuts down in order. */
  async powerOff(): Promise<void> {
    await this.ssh('systemctl poweroff')
    await until(async () => (this.#qemu?.exitCode == null ? undefined : true), {
      what: `${this.name} powers off\n${await this.consoleTail()}`,
      deadlineMs: BOOT_DEADLINE_MS,
    })
    await this.kill()
  }

  /** Ends the guest and removes all it had. */
  async stop(): Promise<void> {
    await this.kill()
    await rm(this.dir, { recursive: true, force: true })
  }

  // --- inside -----------------------------------------------------------------------------------

  /** Runs a command through the real `ssh`, by default as root. Any exit code is an answer. */
  ssh(command: string, options: SshOptions = {}): Promise<SshResult> {
    return runSsh(this, command, options)
  }

  /** Runs a script as root and returns what it printed; throws unless it ends with 0. */
  async sh(script: string, options: Omit<SshOptions, 'stdin'> = {}): Promise<string> {
    const result = await this.ssh('sh -eu -s', { ...options, stdin: `${script}\n` })
    if (result.code !== 0) {
      throw new Error(`${this.name}: exit ${result.code}\n${script}\n${result.stdout}${result.stderr}`)
    }
    return result.stdout.trimEnd()
  }

  // --- devices ----------------------------------------------------------------------------------

  async qmp(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    this.#qmp ??= await Qmp.open(join(this.dir, 'qmp.sock'))
    return this.#qmp.execute(command, args)
  }

  /** Pulls a drive out, and waits until it is gone. */
  async deviceDel(serial: string): Promise<void> {
    const before = this.#deleted(serial)
    await this.qmp('device_del', { id: serial })
    await until(async () => (this.#deleted(serial) > before ? true : undefined), {
      what: `${this.name}: ${serial} is unplugged`,
      deadlineMs: 180_000,
    })
  }

  /** Plugs a drive in (back into its own port, or another), and waits until the guest's PCI bus has it. */
  async deviceAdd(serial: string, port?: string): Promise<void> {
    const drive = this.drive(serial)
    if (drive.namespacesMiB.length > 1)
      throw new Error(`${serial}: only drives with one namespace can be plugged in`)
    const count = async () => Number(await this.sh("cat /sys/bus/pci/devices/*/class | grep -c '^0x0108'"))
    const before = await count()
    await this.qmp('device_add', nvmeDevice(this.spec, drive, port))
    await until(async () => ((await count()) > before ? true : undefined), {
      what: `${this.name}: ${serial} appears`,
      deadlineMs: 180_000,
    })
  }

  drive(serial: string): DriveSpec {
    const found = this.spec.drives.find((drive) => drive.serial === serial)
    if (!found) throw new Error(`${this.name} has no drive ${serial}`)
    return found
  }

  // --- when something went wrong ----------------------------------------------------------------

  async consoleTail(lines = 60): Promise<string> {
    const text = await readFile(this.#console, 'utf8').catch(() => '')
    return text.replaceAll('\r', '').trimEnd().split('\n').slice(-lines).join('\n')
  }

  // --- how --------------------------------------------------------------------------------------

  async #launch(options: BootOptions): Promise<void> {
    const kernelArgs = options.kernelArgs ?? []
    this.#port ||= await freePort()
    const start = { dir: this.dir, port: this.#port, machineId: this.machineId, kernelArgs }
    const args = qemuArgs(this.spec, this.#image, start)
    const key = (await readFile(this.#image.hostKeyFile, 'utf8')).split(' ').slice(0, 2).join(' ')
    await writeFile(this.knownHosts, `[127.0.0.1]:${this.#port} ${key}\n`)

    const log = openSync(join(this.dir, 'qemu.log'), 'a')
    const qemu = ['qemu-system-x86_64', ...args]
    // The kernel kills the guest with us even when we are killed and no exit handler runs.
    const [file = '', ...rest] = this.#options.detached
      ? qemu
      : ['setpriv', '--pdeathsig', 'KILL', '--', ...qemu]
    // A session of its own: Ctrl-C in a terminal is for us to handle, not for QEMU.
    const child = spawn(file, rest, { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    if (this.#options.detached) child.unref()
    else {
      tieToProcess(child)
      process.once('exit', () => rmSync(this.dir, { recursive: true, force: true }))
    }
    child.once('error', () => {})
    this.#qemu = child
  }

  async #intoNextBoot(trigger: () => Promise<void>): Promise<void> {
    const started = Date.now()
    const sshdStarts = (await this.#sshdStarts()) + 1
    await trigger()
    await until(async () => {
      if (this.#qemu?.exitCode != null) throw new Error(`${this.name}: QEMU ended\n${await this.#qemuLog()}`)
      return (await this.#sshdStarts()) >= sshdStarts ? true : undefined
    }, this.#bootDeadline())
    await until(() => greets(this.#port, 30_000), this.#bootDeadline())
    this.#booted(started)
  }

  /**
   * How often sshd came up, as the console tells. Knocking at the port before that would leave
   * half-open connections in QEMU that fall on sshd all at once, which then throttles (MaxStartups).
   */
  async #sshdStarts(): Promise<number> {
    const text = await readFile(this.#console, 'latin1').catch(() => '')
    return text.match(/Started .*ssh\.service/g)?.length ?? 0
  }

  #booted(started: number): void {
    this.boots += 1
    this.bootMs = Date.now() - started
    this.#options.log?.(`lab: ${this.name} answers after ${(this.bootMs / 1000).toFixed(1)} s`)
  }

  get #console(): string {
    return join(this.dir, 'console.log')
  }

  #bootDeadline() {
    return {
      what: `${this.name} answers SSH; its console is ${this.#console}`,
      deadlineMs: BOOT_DEADLINE_MS,
    }
  }

  #qemuLog(): Promise<string> {
    return readFile(join(this.dir, 'qemu.log'), 'utf8').catch(() => '')
  }

  #deleted(serial: string): number {
    const events = this.#qmp?.events ?? []
    return events.filter(
      ({ event, data }) => event === 'DEVICE_DELETED' && (data as { device?: string }).device === serial,
    ).length
  }

  async #blankFiles(drive: DriveSpec): Promise<void> {
    for (const [index, sizeMiB] of drive.namespacesMiB.entries()) {
      const file = driveFile(this.dir, drive.serial, index + 1)
      await writeFile(file, '')
      await truncate(file, sizeMiB * 1024 * 1024)
    }
  }
}

/** A port that is free now; QEMU takes it a moment later. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function run(file: string, args: readonly string[]): Promise<void> {
  const child = spawn(file, args, { stdio: 'inherit' })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  if (code !== 0) throw new Error(`${file} ended with ${String(code)}`)
}

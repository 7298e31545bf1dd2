import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Recheck } from '../../src/agent/program.ts'
import { runTransaction, type TransactionResult } from '../../src/apply/transaction.ts'
import type { StepAction } from '../../src/plan/step.ts'
import type { Drive, HandOver, HostFacts } from '../../src/probe/facts.ts'
import { probeHost } from '../../src/probe/run-probe.ts'
import { createSsh2Transport } from '../../src/transport/ssh2.ts'
import type { Connection, Transport } from '../../src/transport/transport.ts'
import { programOf } from '../support/program.ts'
import type { Guest } from './guest.ts'

const PATIENCE_MS = 600_000

/** How a run ended, and what was told on the way: `step/8 failed TEXT`, `undo/8 done TEXT`. */
export interface LabRun {
  result: TransactionResult
  told: string[]
}

/** Steps carried out in a guest by the agent alone, without a plan, over the real transport. */
export class LabAgent {
  connection: Connection
  readonly transport: Transport
  readonly #guest: Guest

  private constructor(guest: Guest, transport: Transport, connection: Connection) {
    this.#guest = guest
    this.transport = transport
    this.connection = connection
  }

  static async to(guest: Guest): Promise<LabAgent> {
    const transport = createSsh2Transport()
    return new LabAgent(guest, transport, await connect(transport, guest))
  }

  async reconnect(): Promise<void> {
    this.connection = await connect(this.transport, this.#guest)
  }

  async close(): Promise<void> {
    this.connection.close()
    await this.transport.close()
  }

  facts(): Promise<HostFacts> {
    const nonce = randomBytes(8).toString('hex')
    return probeHost(this.connection, { nonce, become: 'none', users: [], timeoutMs: PATIENCE_MS })
  }

  async run(actions: StepAction[], more: LabRunOptions = {}): Promise<LabRun> {
    const { rechecks = [], run = randomBytes(6).toString('hex'), onTold = () => {} } = more
    const nonce = randomBytes(8).toString('hex')
    const told: string[] = []
    const result = await runTransaction(this.connection, programOf(actions, { nonce, run, rechecks }), {
      become: 'none',
      timeoutMs: PATIENCE_MS,
      onEvent: (event) => {
        const side = event.kind === 'step' && event.direction === 'forward' ? 'step' : 'undo'
        const line =
          event.kind === 'note' ? event.text : `${side}/${event.step} ${event.progress} ${event.text}`
        told.push(line)
        onTold(line)
      },
    })
    return { result, told }
  }
}

export interface LabRunOptions {
  rechecks?: Recheck[]
  run?: string
  onTold?: (line: string) => void
}

export function connect(
  transport: Transport,
  guest: Guest,
  user: 'root' | 'ops' = 'root',
): Promise<Connection> {
  const { port, identityFile, knownHosts } = guest
  const ssh = {
    user,
    port,
    identityFiles: [identityFile],
    knownHosts,
    become: 'none',
    jump: [],
  } as const
  return transport.connect({
    name: guest.name,
    address: '127.0.0.1',
    ssh: { ...ssh, identityFiles: [identityFile], jump: [] },
  })
}

export function driveIn(facts: HostFacts, bdf: string): Drive {
  return facts.drives.find((drive) => drive.bdf === bdf) ?? assert.fail(`no drive at ${bdf}`)
}

/** What the host is to remember of a drive that leaves the kernel. */
export function recordOf({ record: _, ...drive }: Drive, taken: Partial<HandOver> = {}): HandOver {
  return {
    format: 1,
    run: 'lab',
    at: '2026-01-01T00:00:00Z',
    from: 'nvme',
    drive,
    mounts: [],
    swaps: [],
    ...taken,
  }
}

/** The steps that move a drive from the kernel to vfio-pci; what is on it must be down already. */
export function toVfio(record: HandOver): StepAction[] {
  const { bdf, controller } = record.drive
  const serial = controller.state === 'known' ? controller.value.serial : null
  return [
    { kind: 'record', bdf, record, previous: null },
    { kind: 'override', bdf, from: null, to: 'vfio-pci' },
    { kind: 'unbind', bdf, driver: 'nvme', serial, record },
    { kind: 'bind', bdf, driver: 'vfio-pci', record },
  ]
}

/** And back. */
export function toKernel(record: HandOver): StepAction[] {
  const { bdf, namespaces } = record.drive
  return [
    { kind: 'override', bdf, from: 'vfio-pci', to: null },
    { kind: 'unbind', bdf, driver: 'vfio-pci', serial: null, record },
    { kind: 'bind', bdf, driver: 'nvme', record },
    { kind: 'settle', bdf, namespaces: namespaces.map(({ nsid, sizeBytes }) => ({ nsid, sizeBytes })) },
    { kind: 'forget', bdf, record },
  ]
}

export const loadVfio: StepAction[] = [
  { kind: 'module', module: 'vfio_iommu_type1', to: 'loaded' },
  { kind: 'module', module: 'vfio-pci', to: 'loaded' },
]

/** The end of a run must be this, and the host as predicted. */
export function endedAs(run: LabRun, outcome: TransactionResult['outcome'], expected: HostFacts): void {
  assert.equal(run.result.outcome, outcome, `${JSON.stringify(run.result, null, 1)}\n${run.told.join('\n')}`)
  assert.ok('facts' in run.result && run.result.facts.kind === 'seen', run.told.join('\n'))
  assert.deepEqual(steady(run.result.facts.facts), steady(expected))
}

/**
 * Without what no step decides: free memory, what other processes do, and the names and numbers that the kernel deals
 * out at each bind.
 */
export function steady(facts: HostFacts): unknown {
  const numaNodes = facts.numaNodes.map((node) => ({ ...node, memFreeKiB: 0 }))
  const others = { otherMounts: 0, openFiles: 0, driverNodes: 0, aliases: 0, unfinished: 0 }
  let text = JSON.stringify({ ...facts, numaNodes, ...others })
  for (const { bdf, controller, namespaces } of facts.drives) {
    if (controller.state === 'known') text = renamed(text, controller.value.name, bdf)
    for (const { nsid, ...namespace } of namespaces) {
      text = renamed(renamed(text, namespace.name, `${bdf} ${nsid}`), namespace.majmin, `at ${bdf} ${nsid}`)
      for (const { number, name, majmin } of namespace.partitions) {
        text = renamed(renamed(text, name, `${bdf} ${nsid} ${number}`), majmin, `at ${bdf} ${nsid} ${number}`)
      }
    }
  }
  return JSON.parse(text)
}

const renamed = (text: string, name: string, to: string) =>
  text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), to)

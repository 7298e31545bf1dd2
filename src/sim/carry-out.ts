import { setTimeout as sleep } from 'node:timers/promises'
import type { Call, Program, ProgramStep, Recheck } from '../agent/program.ts'
import { absent, known, seen } from '../probe/fact.ts'
import type { HostFacts } from '../probe/facts.ts'
import { actionOf } from './call-action.ts'
import { act, alreadySo } from './kernel.ts'
import { isNow, type Now, slowness, strikes } from './mishaps.ts'
import type { SimHost } from './sim-host.ts'

/** What a host has to say while it works, and to whom. */
export interface Watcher {
  /** One event of the grammar in agent/program.ts. */
  event(subject: string, attribute: string, text: string): void
  /** The host's answer to the final probe, or why there is none. */
  facts(facts: FinalProbe): void
  /** The wire is cut; the work goes on. */
  cut(): void
}

/** What the probe at the end saw, or why there was none. */
export type FinalProbe = HostFacts | { unreadable: string }

/** How a call ended: with nothing to do, or with the host touched, wholly or half way. */
type CallEnd = 'changed' | 'noop' | 'not_touched' | 'half_way' | 'hung'

/** When one of these could not be taken back, the rest for that drive would be done to a drive without its driver. */
const driverKinds: ReadonlySet<string> = new Set(['bind', 'unbind', 'override', 'settle'])

const NOT_PROBED = 'not probed: nothing was touched'

/** Carries out a program as the agent's run.sh does: lock, recheck, steps, on failure the way back, probe, unlock. */
export async function carryOut(host: SimHost, program: Program, watcher: Watcher): Promise<void> {
  const holder = seen(host.facts.lock)
  if (holder !== null) {
    watcher.facts({ unreadable: NOT_PROBED })
    watcher.event('run', 'reason', holder)
    watcher.event('run', 'outcome', 'locked')
    return
  }
  host.facts = { ...host.facts, lock: known(program.holder) }
  watcher.event('run', 'begin', program.run)
  watcher.event('run', 'holder', program.holder)
  watcher.event('lock', 'taken', '/run/provision/lock')
  try {
    await new Run(host, program, watcher).transaction()
  } finally {
    host.facts = { ...host.facts, lock: absent }
  }
}

class Run {
  readonly #host: SimHost
  readonly #program: Program
  readonly #watcher: Watcher
  /** Steps that changed something, and so have to be taken back. */
  readonly #touched: ProgramStep[] = []
  /** Drives that could not be brought back: what follows for them is not tried. */
  readonly #broken = new Set<string>()
  #reason: string | null = null
  #hung = false
  #said = ''

  constructor(host: SimHost, program: Program, watcher: Watcher) {
    this.#host = host
    this.#program = program
    this.#watcher = watcher
  }

  async transaction(): Promise<void> {
    const outcome = this.#recheck() ? await this.#steps() : 'refused'
    this.#watcher.facts(this.#proof(outcome))
    if (this.#reason !== null) this.#watcher.event('run', 'reason', this.#reason)
    this.#watcher.event('run', 'outcome', outcome)
  }

  #recheck(): boolean {
    for (const recheck of this.#program.rechecks) {
      const trouble = mismatch(recheck, this.#host)
      this.#watcher.event('recheck', recheck.bdf, trouble ?? 'ok')
      if (trouble !== null) this.#reason = trouble
    }
    return this.#reason === null
  }

  async #steps(): Promise<'applied' | 'rolled_back' | 'failed'> {
    for (const step of this.#program.steps) {
      const end = await this.#call({ run: 'do', id: step.id, kind: step.call[0] }, step.call)
      if (end === 'noop') continue
      // A step that failed half way is taken back too.
      if (end !== 'not_touched') this.#touched.push(step)
      if (end !== 'changed') return await this.#back()
    }
    return 'applied'
  }

  async #back(): Promise<'rolled_back' | 'failed'> {
    let outcome: 'rolled_back' | 'failed' = 'rolled_back'
    for (const { id, undo } of this.#touched.toReversed()) {
      for (const call of undo) {
        const [kind, subject = ''] = call
        const end = await this.#call({ run: 'undo', id, kind }, call)
        if (end === 'changed' || end === 'noop') continue
        this.#reason ??= `the undo of step ${id} (${kind}) failed: ${this.#said}`
        if (driverKinds.has(kind)) this.#broken.add(subject)
        outcome = 'failed'
      }
    }
    return outcome
  }

  async #call(now: Now, call: Call): Promise<CallEnd> {
    const subject = `${now.run === 'do' ? 'step' : 'undo'}/${now.id}`
    this.#watcher.event(subject, 'begin', now.kind)
    await sleep(slowness(this.#host.mishaps))
    const { end, said } = this.#try(now, call)
    this.#said = said
    this.#watcher.event(subject, wordOf(end), said)
    if (this.#host.mishaps.some((one) => one.kind === 'loses_connection' && isNow(one.after, now)))
      this.#watcher.cut()
    return end
  }

  #try(now: Now, call: Call): { end: CallEnd; said: string } {
    const [kind, subject = ''] = call
    if (this.#broken.has(subject))
      return { end: 'not_touched', said: `not tried: ${subject} was given up by an earlier step` }
    const action = actionOf(call, this.#host.facts)
    if (action === undefined) return { end: 'not_touched', said: `no step of kind ${kind} is known here` }
    if (alreadySo(this.#host.facts, action)) return { end: 'noop', said: 'it is so already' }
    const mishap = strikes(this.#host.mishaps, now)
    if (mishap?.kind === 'fails') return { end: 'half_way', said: mishap.message }
    if (mishap?.kind === 'hangs') {
      this.#hung = true
      this.#broken.add(subject)
      return { end: 'hung', said: mishap.message }
    }
    this.#host.facts = act(this.#host.facts, action, this.#host.hardware)
    return { end: 'changed', said: 'it is so now' }
  }

  #proof(outcome: string): FinalProbe {
    if (outcome === 'refused') return { unreadable: NOT_PROBED }
    if (this.#hung)
      return {
        unreadable: 'not probed: the kernel is stuck on a drive, and reading that drive would hang too',
      }
    return this.#host.seenBy(this.#program.users)
  }
}

function wordOf(end: CallEnd): string {
  switch (end) {
    case 'changed':
      return 'done'
    case 'noop':
    case 'hung':
      return end
    default:
      return 'failed'
  }
}

/** What is not as the plan saw it; null when the drive is still the one, where it was. */
function mismatch({ bdf, driver, serial }: Recheck, host: SimHost): string | null {
  const drive = host.facts.drives.find((one) => one.bdf === bdf)
  if (drive === undefined) return `no PCI device is at ${bdf} any more`
  const is = seen(drive.driver) ?? ''
  if (is !== driver) return `${bdf} is on ${is || 'no driver'}, the plan saw it on ${driver || 'no driver'}`
  const controller = seen(drive.controller)
  if (serial === '' || controller === null || controller.serial.trim() === serial) return null
  return `the drive at ${bdf} has serial ${controller.serial.trim()}, the plan saw ${serial}`
}

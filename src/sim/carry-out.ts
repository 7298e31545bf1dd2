import { setTimeout as sleep } from 'node:timers/promises'
import { actionOf } from '../agent/call-action.ts'
import type { Call, Program, ProgramStep, Recheck } from '../agent/program.ts'
import type { StepAction } from '../plan/step.ts'
import { absent, known, seen } from '../probe/fact.ts'
import type { HostFacts } from '../probe/facts.ts'
import { act, alreadySo } from './kernel.ts'
import { isNow, type Now, slowness, strikes } from './mishaps.ts'
import type { SimHost } from './sim-host.ts'
import { SimRun } from './sim-run.ts'

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

/** The agent is no more: nothing further is done or said. */
class Died extends Error {}

/** Carries out a program as the agent's run.sh does: lock, recheck, steps, on failure the way back, probe, unlock. */
export async function carryOut(host: SimHost, program: Program, watcher: Watcher): Promise<void> {
  await underLock(host, program.holder, watcher, async () => {
    const stopped = [...host.runs].find(([, { state }]) => state === 'gone' || state === 'other_boot')
    if (stopped !== undefined) {
      const [id] = stopped
      refuse(watcher, `run ${id} was begun on this host and never finished; resume it or roll it back first`)
      return
    }
    const kept = new SimRun(program)
    host.runs.set(program.run, kept)
    const journal = journaled(watcher, kept)
    journal.event('run', 'begin', program.run)
    journal.event('run', 'holder', program.holder)
    journal.event('lock', 'taken', LOCK)
    await new Run(host, program, journal, kept).transaction()
  })
}

/** Takes these steps of a program back as the agent's run/back.sh does. */
export async function takeBackOn(
  host: SimHost,
  program: Program,
  { ids, holder }: { ids: readonly number[]; holder: string },
  watcher: Watcher,
): Promise<void> {
  await underLock(host, holder, watcher, async () => {
    const trouble = program.rechecks.map((recheck) => exchanged(recheck, host)).find((one) => one !== null)
    if (trouble !== undefined && trouble !== null) {
      refuse(watcher, trouble)
      return
    }
    const kept = host.runs.get(program.run) ?? new SimRun(program)
    host.runs.set(program.run, kept)
    kept.state = 'at_work'
    const journal = journaled(watcher, kept)
    journal.event('run', 'back', ids.join(' '))
    journal.event('run', 'holder', holder)
    await new Run(host, program, journal, kept).takeBack(ids)
  })
}

const LOCK = '/run/provision/lock'

async function underLock(
  host: SimHost,
  holder: string,
  watcher: Watcher,
  work: () => Promise<void>,
): Promise<void> {
  const other = seen(host.facts.lock)
  if (other !== null) {
    watcher.facts({ unreadable: NOT_PROBED })
    watcher.event('run', 'reason', other)
    watcher.event('run', 'outcome', 'locked')
    return
  }
  host.facts = { ...host.facts, lock: known(holder) }
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Died)) throw error
  } finally {
    host.facts = { ...host.facts, lock: absent }
  }
}

function refuse(watcher: Watcher, reason: string): void {
  watcher.facts({ unreadable: NOT_PROBED })
  watcher.event('run', 'reason', reason)
  watcher.event('run', 'outcome', 'refused')
}

/** What is told is kept as well. */
function journaled(watcher: Watcher, kept: SimRun): Watcher {
  return {
    ...watcher,
    event: (subject, attribute, text) => {
      if (subject !== 'run' || (attribute !== 'reason' && attribute !== 'outcome'))
        kept.events.push({ subject, attribute, text })
      watcher.event(subject, attribute, text)
    },
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
  readonly #kept: SimRun
  /** Set while a whole run is taken back: where each drive ends up. */
  #leads: Map<string, string> | undefined
  #reason: string | null = null
  #hung = false
  #said = ''

  constructor(host: SimHost, program: Program, watcher: Watcher, kept: SimRun) {
    this.#host = host
    this.#program = program
    this.#watcher = watcher
    this.#kept = kept
  }

  async transaction(): Promise<void> {
    this.#end(this.#recheck() ? await this.#steps() : 'refused')
  }

  async takeBack(ids: readonly number[]): Promise<void> {
    this.#touched.push(...this.#program.steps.filter(({ id }) => ids.includes(id)))
    const calls = this.#touched.toReversed().flatMap(({ undo }) => undo)
    this.#leads = new Map(
      calls.flatMap(([kind, bdf = '', driver = '']) => (kind === 'bind' ? [[bdf, driver]] : [])),
    )
    this.#end(await this.#back())
  }

  #end(outcome: string): void {
    Object.assign(this.#kept, { state: 'ended', outcome, reason: this.#reason })
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
    this.#die(now)
    return end
  }

  #die(now: Now): void {
    for (const mishap of this.#host.mishaps) {
      if (mishap.kind !== 'dies' || !isNow(mishap.after, now)) continue
      this.#kept.state = mishap.boots ? 'other_boot' : 'gone'
      if (mishap.boots) this.#host.reboot()
      this.#watcher.cut()
      throw new Died()
    }
  }

  #try(now: Now, call: Call): { end: CallEnd; said: string } {
    const [kind, subject = ''] = call
    if (this.#broken.has(subject))
      return { end: 'not_touched', said: `not tried: ${subject} was given up by an earlier step` }
    const action = actionOf(call, this.#host.facts)
    if (action === undefined) return { end: 'not_touched', said: `no step of kind ${kind} is known here` }
    if (alreadySo(this.#host.facts, action) || this.#nothingToTakeBack(action))
      return { end: 'noop', said: 'it is so already' }
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

  /** What a boot, or nobody at all, has done: the agent's steps look the same way when a run is taken back. */
  #nothingToTakeBack(action: StepAction): boolean {
    if (this.#leads === undefined) return false
    const drive = 'bdf' in action ? this.#host.facts.drives.find(({ bdf }) => bdf === action.bdf) : undefined
    const driver = drive === undefined ? null : seen(drive.driver)
    switch (action.kind) {
      case 'unbind':
        return driver !== action.driver && driver === this.#leads.get(action.bdf)
      case 'umount':
        return driver !== 'nvme' || !alreadySo(this.#host.facts, { ...action, kind: 'mount' })
      case 'swapoff':
        return driver !== 'nvme' || !alreadySo(this.#host.facts, { ...action, kind: 'swapon' })
      default:
        return false
    }
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

/** Whether another drive is at that address now, as far as it can be asked. */
function exchanged({ bdf, serial }: Recheck, host: SimHost): string | null {
  const drive = host.facts.drives.find((one) => one.bdf === bdf)
  const controller = drive === undefined ? null : seen(drive.controller)
  if (serial === '' || controller === null || controller.serial.trim() === serial.trim()) return null
  return `the drive at ${bdf} has serial ${controller.serial.trim()}, this run had ${serial.trim()}`
}

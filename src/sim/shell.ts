import { setTimeout as sleep } from 'node:timers/promises'
import { parseScript, type Script } from '../agent/parse-script.ts'
import { renderProgram } from '../agent/render-program.ts'
import { decodeBytes, encodeBytes } from '../probe/bytes.ts'
import { absent, seen } from '../probe/fact.ts'
import { renderAnswer, renderFacts } from '../probe/render-facts.ts'
import { renderLine, type WireLine } from '../probe/wire.ts'
import { shellCommand } from '../transport/transport.ts'
import { carryOut, takeBackOn, type Watcher } from './carry-out.ts'
import { slowness } from './mishaps.ts'
import type { SimHost } from './sim-host.ts'
import type { Execution } from './sshd.ts'

const shells = [shellCommand('none'), shellCommand('sudo')]

/** Runs a command on a simulated host, which knows nothing but a shell that is fed our scripts. Gives its exit code. */
export async function runOn(host: SimHost, execution: Execution): Promise<number> {
  if (!shells.includes(execution.command)) {
    execution.writeError(`sh: ${execution.command}: not found on a simulated host\n`)
    return 127
  }
  const script = parseScript(decodeBytes(execution.stdin))
  switch (script.kind) {
    case 'probe':
      await sleep(slowness(host.mishaps))
      execution.write(probeAnswer(host, script))
      return 0
    case 'apply':
      await answering(script.program.nonce, execution, (says) => carryOut(host, script.program, says))
      return 0
    case 'back':
      await answering(script.program.nonce, execution, (says) =>
        takeBackOn(host, script.program, script, says),
      )
      return 0
    case 'attach':
      await answering(script.nonce, execution, (says) => attach(host, script, says))
      return 0
    case 'lock':
      await answering(script.nonce, execution, async (says) => tellLock(host, script, says))
      return 0
    case 'other':
      execution.writeError('sh: a simulated host understands only what provision ships to it\n')
      return 127
  }
}

function probeAnswer(host: SimHost, { nonce, users }: { nonce: string; users: string[] }): Buffer {
  const answer = renderAnswer(nonce, renderFacts(host.seenBy(users)))
  const cuts = host.mishaps.some(({ kind }) => kind === 'cuts_probes')
  return cuts ? answer.subarray(0, answer.length / 2) : answer
}

/** Frames what `work` says. One that is cut off in the middle never comes to the end line. */
async function answering(
  nonce: string,
  execution: Execution,
  work: (says: Watcher) => Promise<void>,
): Promise<void> {
  let lines = 0
  const line = (one: WireLine) => {
    lines += 1
    execution.write(encodeBytes(renderLine(one)))
  }
  execution.write(encodeBytes(`provision-begin\t${nonce}\n`))
  await work({
    event: (subject, attribute, text) => line({ subject, attribute, state: '=', value: text }),
    facts: (facts) => {
      if ('unreadable' in facts) {
        line({ subject: 'run', attribute: 'facts', state: '!', value: facts.unreadable })
        return
      }
      const told = renderFacts(facts)
      lines += told.split('\n').length - 1
      execution.write(encodeBytes(told))
    },
    cut: execution.cut,
  })
  execution.write(encodeBytes(`provision-end\t${nonce}\t${lines}\n`))
}

/** How often a run that is at work is looked at. */
const LOOK_MS = 5

/** As agent/run/attach.sh does. */
async function attach(
  host: SimHost,
  { run, seconds, users }: Extract<Script, { kind: 'attach' }>,
  says: Watcher,
): Promise<void> {
  const kept = host.runs.get(run)
  if (kept === undefined) {
    says.event('run', 'outcome', 'unknown_run')
    return
  }
  for (const line of renderProgram(kept.program).split('\n').slice(0, -1)) says.event('program', 'line', line)
  says.event('run', 'holder', kept.program.holder)
  const until = Date.now() + seconds * 1000
  let told = 0
  for (;;) {
    const over = kept.state !== 'at_work' || Date.now() > until
    for (; told < kept.events.length; told += 1) {
      const event = kept.events[told]
      if (event !== undefined) says.event(event.subject, event.attribute, event.text)
    }
    if (over) break
    await sleep(LOOK_MS)
  }
  if (kept.state === 'ended') {
    says.facts(host.seenBy(users))
    says.event('run', 'journal', 'whole')
    if (kept.reason !== null) says.event('run', 'reason', kept.reason)
    says.event('run', 'outcome', kept.outcome)
  } else if (kept.state === 'at_work') says.event('run', 'outcome', 'at_work')
  else {
    says.event('run', 'agent', kept.state)
    says.event('run', 'outcome', 'abandoned')
  }
}

/** As agent/run/unlock.sh does. A lock that no run of this host holds was put there by a test, and its holder is gone. */
function tellLock(host: SimHost, { does }: Extract<Script, { kind: 'lock' }>, says: Watcher): void {
  const holder = seen(host.facts.lock)
  if (holder === null) {
    says.event('lock', 'state', 'none')
    return
  }
  const atWork = [...host.runs.values()].some(({ state }) => state === 'at_work')
  says.event('lock', 'path', '/run/provision/lock')
  says.event('lock', 'holder', holder)
  says.event('lock', 'process', '4711')
  says.event('lock', 'boot', 'same')
  if (atWork) says.event('lock', 'reason', `${holder} (process 4711 on the host)`)
  says.event('lock', 'state', atWork ? 'alive' : 'gone')
  if (does === 'look' || atWork) return
  host.facts = { ...host.facts, lock: absent }
  says.event('lock', 'removed', 'yes')
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from '../agent/program.ts'
import { decodeBytes, encodeBytes } from '../probe/bytes.ts'
import { renderAnswer, renderFacts } from '../probe/render-facts.ts'
import { renderLine, type WireLine } from '../probe/wire.ts'
import { shellCommand } from '../transport/transport.ts'
import { carryOut } from './carry-out.ts'
import { slowness } from './mishaps.ts'
import { readScript } from './script.ts'
import type { SimHost } from './sim-host.ts'
import type { Execution } from './sshd.ts'

const shells = [shellCommand('none'), shellCommand('sudo')]

/** Runs a command on a simulated host, which knows nothing but a shell that is fed our scripts. Gives its exit code. */
export async function runOn(host: SimHost, execution: Execution): Promise<number> {
  if (!shells.includes(execution.command)) {
    execution.writeError(`sh: ${execution.command}: not found on a simulated host\n`)
    return 127
  }
  const script = readScript(decodeBytes(execution.stdin))
  switch (script.kind) {
    case 'probe':
      await sleep(slowness(host.mishaps))
      execution.write(probeAnswer(host, script))
      return 0
    case 'apply':
      await apply(host, script.program, execution)
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

async function apply(host: SimHost, program: Program, execution: Execution): Promise<void> {
  let lines = 0
  const line = (one: WireLine) => {
    lines += 1
    execution.write(encodeBytes(renderLine(one)))
  }
  execution.write(encodeBytes(`provision-begin\t${program.nonce}\n`))
  await carryOut(host, program, {
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
  execution.write(encodeBytes(`provision-end\t${program.nonce}\t${lines}\n`))
}

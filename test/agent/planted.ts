import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyScript } from '../../src/agent/apply-script.ts'
import type { Program } from '../../src/agent/program.ts'
import { shQuote } from '../../src/agent/quote.ts'
import { encodeBytes } from '../../src/probe/bytes.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { parseFacts } from '../../src/probe/parse-facts.ts'
import { Sheet } from '../../src/probe/sheet.ts'
import { WireReader } from '../../src/probe/wire.ts'
import type { Connection } from '../../src/transport/transport.ts'
import { plantHost, Tree } from '../support/fake-host.ts'
import { runScript, type Shell } from '../support/run-sh.ts'

const fakeKernel = readFileSync(new URL('fake-kernel.sh', import.meta.url), 'utf8')

/** What the agent answered: its events as `step/1 done TEXT`, and the facts if it told any. */
export interface Told {
  events: string[]
  facts: HostFacts | undefined
  outcome: string | undefined
}

class PlantedTree extends Tree {
  remove(path: string): void {
    rmSync(this.path(path), { recursive: true })
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8')
  }
}

/** A host made of files, on which the agent runs with the fake kernel. */
export class PlantedHost {
  readonly root = mkdtempSync(join(tmpdir(), 'agent host '))
  readonly tree: PlantedTree

  constructor(facts: HostFacts) {
    plantHost(this.root, facts)
    this.tree = new PlantedTree(this.root)
    mkdirSync(join(this.root, 'run'), { recursive: true })
    mkdirSync(join(this.root, 'var/lib'), { recursive: true })
    for (const file of ['bind', 'unbind']) this.tree.file(`sys/bus/pci/drivers/nvme/${file}`, '')
    // Whoever looks for open files must find a process to look at: this one has nothing open.
    this.tree.dir('proc/7/fd')
    this.tree.file('proc/sys/vm/compact_memory', '')
  }

  run(shell: Shell, program: Program, extra = ''): Told {
    const { stdout, stderr } = runScript(shell, this.#script(program, extra))
    return told(stdout, stderr, program.nonce)
  }

  /** A connection to it: what is shipped runs in that shell, on the planted files and with the fake kernel. */
  connection([shell, ...args]: Shell, extra = ''): Connection {
    return {
      user: 'root',
      close: () => {},
      exec: (_command, { stdin, onStdout }) =>
        new Promise((resolve) => {
          const child = spawn(shell, [...args, '-s'], { stdio: ['pipe', 'pipe', 'pipe'] })
          let stderr = ''
          child.stdout.on('data', onStdout)
          child.stderr.on('data', (chunk: Buffer) => {
            stderr += chunk.toString()
          })
          child.on('close', (code, signal) =>
            resolve(
              signal === null
                ? { kind: 'exited', code: code ?? 0, stderr }
                : { kind: 'signalled', signal, stderr },
            ),
          )
          child.stdin.end(this.#faked(stdin, extra))
        }),
    }
  }

  /** As when the connection is gone: standard output is a pipe that nobody reads. */
  runDeaf([shell, ...args]: Shell, program: Program): { status: number | null } {
    const command = `"$@" -s <"$SCRIPT" | true`
    const script = join(this.root, 'script')
    writeFileSync(script, this.#script(program, ''))
    const words = ['-c', `set -o pipefail; ${command}`, 'sh', shell, ...args]
    return spawnSync('bash', words, { env: { ...process.env, SCRIPT: script } })
  }

  #script(program: Program, extra: string): Buffer {
    return this.#faked(applyScript(program), extra)
  }

  #faked(shipped: Buffer, extra: string): Buffer {
    const root = shQuote(this.root)
    const script = shipped
      .toString('latin1')
      .replace(/^(apply|back|attach|lock|probe)_main ('[^']*' )?''/m, (call) =>
        call.startsWith('probe') ? call.replace(/''$/, root) : call.replace(/''/, root),
      )
    const at = script.search(/^(?:apply|back|attach|lock|probe)_main '/m)
    const fakes = encodeBytes(fakeKernel + extra).toString('latin1')
    return Buffer.from(script.slice(0, at) + fakes + script.slice(at), 'latin1')
  }

  remove(): void {
    rmSync(this.root, { recursive: true })
  }
}

function told(stdout: Buffer, stderr: Buffer, nonce: string): Told {
  const sheet = new Sheet()
  const events: string[] = []
  const reader = new WireReader(nonce, (line) => {
    if (/^(run|lock|recheck|step|undo)\b/.test(line.subject)) {
      events.push(`${line.subject} ${line.attribute} ${line.value}`.trimEnd())
    } else sheet.add(line)
  })
  reader.push(stdout)
  const end = reader.end()
  if (end.kind !== 'complete') throw new Error(`${JSON.stringify(end)}\n${stdout}\n${stderr}`)
  const outcome = events.at(-1)?.match(/^run outcome (.*)$/)?.[1]
  const probed = !events.some((event) => event.startsWith('run facts'))
  return { events, outcome, facts: probed ? parseFacts(sheet) : undefined }
}

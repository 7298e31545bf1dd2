import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { PassThrough, Readable, Writable } from 'node:stream'
import { demo } from '../../src/cli/commands/demo.ts'
import { main } from '../../src/cli/main.ts'
import { ProvisionError } from '../../src/errors.ts'

/** Keeps what is written; `hear` is told of all of it after each write. */
class Heard extends Writable {
  text = ''
  readonly #hear: (text: string) => void

  constructor(hear: (text: string) => void = () => {}) {
    super()
    this.#hear = hear
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    this.#hear(this.text)
    done()
  }
}

/** Answers the story's commands with these exit codes, and remembers them and where they ran. */
function stub(codes: number[]) {
  const commands: string[] = []
  const folders = new Set<string>()
  const run = async (argv: string[]) => {
    commands.push(argv.join(' '))
    folders.add(process.cwd())
    return codes.shift() ?? assert.fail('one command too many')
  }
  return { run, commands, folders }
}

const asTold = [3, 0, 0, 0, 0, 3]

describe('the demo', () => {
  for (const hosts of [1, 3]) {
    it(`plays its story to the end on ${hosts} simulated ${hosts === 1 ? 'host' : 'hosts'}`, async () => {
      const home = process.cwd()
      const out = new Heard()
      const terminal = { stdout: out, stderr: new PassThrough().resume(), stdin: Readable.from([]) }
      const code = await demo({ hosts }, (argv) => main(argv, terminal), out)
      assert.equal(code, 0, out.text)
      for (const sight of [
        /\[DEVICE_MOUNTED\]/,
        /-in_use: refuse\n +\+in_use: release/,
        /unmount \/data/,
        /Applied\./,
        /Verified\./,
        /No changes\./,
        /\[SERIAL_MISMATCH\]/,
        /What next/,
      ])
        assert.match(out.text, sight)
      assert.equal(process.cwd(), home)
    })
  }

  for (const [at, expected] of asTold.entries()) {
    it(`fails loudly when command ${at + 1} does not end with ${expected}`, async () => {
      const { run, commands, folders } = stub([...asTold.slice(0, at), 2])
      const out = new Heard()
      assert.equal(await demo({}, run, out), 1)
      assert.equal(commands.length, at + 1)
      assert.match(out.text.replaceAll('\n', ' '), new RegExp(`exit code 2, and it had to be ${expected}`))
      assert.doesNotMatch(out.text, /What next/)
      for (const folder of folders) assert.equal(existsSync(folder), false)
    })
  }

  it('with --keep leaves the fleet up, and its first hosts file, until it is interrupted', async () => {
    const { run, folders } = stub([...asTold])
    let kept = ''
    const out = new Heard((text) => {
      const file = /status (\S+hosts\.yaml)/.exec(text)?.[1]
      if (file === undefined || !text.endsWith('with the fleet.\n')) return
      kept = readFileSync(file, 'utf8')
      process.emit('SIGTERM', 'SIGTERM')
    })
    assert.equal(await demo({ keep: true, hosts: 2 }, run, out), 0)
    assert.match(kept, /^in_use: refuse$/m)
    assert.doesNotMatch(kept, /serial/)
    for (const folder of folders) assert.equal(existsSync(folder), false)
  })

  for (const hosts of [0, 1.5, 1001, Number.NaN]) {
    it(`cannot have ${hosts} hosts`, () =>
      assert.rejects(
        demo({ hosts }, () => assert.fail('it ran something'), new Heard()),
        (error) => error instanceof ProvisionError && error.code === 'DEMO_HOSTS',
      ))
  }
})

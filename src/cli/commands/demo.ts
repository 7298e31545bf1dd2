import { rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { ProvisionError } from '../../errors.ts'
import { demoDeclared, demoHosts } from '../../sim/demo-fleet.ts'
import { demoStory, type FileView, type Scene } from '../../sim/demo-story.ts'
import { createFleet, type Fleet } from '../../sim/fleet.ts'
import { wrap } from '../../views/layout/wrap.ts'
import { EXIT } from '../exit-code.ts'

export interface DemoOptions {
  /** Leave the fleet running until Ctrl-C, for another terminal to play with. */
  keep?: boolean
  /** Hosts in the fleet, 1 to 1,000. Default: 3. */
  hosts?: number
}

/** Runs one command line of provision in this process; resolves to its exit code. */
export type Run = (argv: string[]) => Promise<number>

/**
 * `provision demo`: a simulated fleet in this process, and the main job against it over real SSH on the loopback.
 * Resolves to 1 as soon as a command does not end as the story has it. Rejects with `DEMO_HOSTS`.
 */
export async function demo(options: DemoOptions, run: Run, out: Writable = process.stdout): Promise<number> {
  const count = hostCount(options.hosts ?? 3)
  const interrupt = listenForInterrupt()
  const home = process.cwd()
  const folder = await mkdtemp(join(tmpdir(), 'provision-demo-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  // A second Ctrl-C ends the process on the spot.
  process.once('exit', removeFolder)
  const fleet = await createFleet({ hosts: demoHosts(count) })
  try {
    await fleet.writeFiles(folder, demoDeclared)
    // So that the commands that run are, to the letter, those that are shown.
    process.chdir(folder)
    say(out, opening(count))
    const code = await play(storyOf(fleet), { run, out, interrupted: interrupt.aborted })
    if (code === EXIT.ok) say(out, closing)
    if (code === EXIT.ok && options.keep === true) await keep(fleet, folder, out, interrupt.once)
    return code
  } finally {
    interrupt.dispose()
    process.chdir(home)
    await fleet.close()
    process.off('exit', removeFolder)
    removeFolder()
  }
}

function hostCount(wanted: number): number {
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= 1000) return wanted
  throw new ProvisionError('DEMO_HOSTS', `the demo can have 1 to 1000 hosts, not ${wanted}`, {
    hint: 'Say how many: provision demo --hosts 20',
  })
}

function storyOf(fleet: Fleet): Scene[] {
  const [first = ''] = fleet.ports.keys()
  const last = fleet.hosts.at(-1)?.name ?? first
  return demoStory({ first, last: { name: last, port: fleet.ports.get(last) ?? 0 } })
}

const opening = (count: number) =>
  `${count} storage server${count === 1 ? '' : 's'}, simulated in this process and reached over real SSH on 127.0.0.1. Nothing on this machine is touched.`

const closing =
  'That was the whole main job. What next: `provision demo --keep` leaves such a fleet running for you to play with; README.md takes you to a first host of your own; `provision explain DEVICE_MOUNTED` tells more of any code that you see in brackets.'

/** Plays the scenes in the current folder, and stops at the first that does not end as it has to. */
async function play(
  scenes: Scene[],
  { run, out, interrupted }: { run: Run; out: Writable; interrupted: () => boolean },
): Promise<number> {
  for (const { intro, file, command, exit, outro } of scenes) {
    say(out, intro)
    if (file !== undefined) await show(file, out)
    out.write(`\n$ provision ${command.join(' ')}\n`)
    const code = await run(command)
    if (interrupted()) return EXIT.interrupted
    if (code !== exit) {
      say(
        out,
        `The demo broke: this command ended with exit code ${code}, and it had to be ${exit}. That is a bug in provision; please report it with all of the above.`,
      )
      return EXIT.usage
    }
    say(out, outro)
  }
  return EXIT.ok
}

/** Shows a part of hosts.yaml, or a change to it as diff does, which is then made. */
async function show(view: FileView, out: Writable): Promise<void> {
  switch (view.kind) {
    case 'as_is':
      out.write(`\n${indented(view.text.trimEnd().split('\n'))}\n`)
      return
    case 'change':
      out.write(`\n${indented([`-${view.line}`, `+${view.by}`])}\n`)
      return replaceInHostsFile(view.line, view.by)
    case 'add':
      out.write(`\n${indented([` ${view.after}`, ...view.lines.map((line) => `+${line}`)])}\n`)
      return replaceInHostsFile(view.after, [view.after, ...view.lines].join('\n'))
  }
}

async function replaceInHostsFile(old: string, by: string): Promise<void> {
  const text = await readFile('hosts.yaml', 'utf8')
  await writeFile('hosts.yaml', text.replace(old, by))
}

const indented = (lines: string[]) => lines.map((line) => `    ${line}`).join('\n')

/** Narration: a paragraph, set apart from what commands print. */
function say(out: Writable, text: string): void {
  out.write(`\n${wrap(text, { width: 78 }).join('\n')}\n`)
}

/** Leaves the fleet up, as it was in the beginning, until `interrupt` comes. */
async function keep(fleet: Fleet, folder: string, out: Writable, interrupt: Promise<void>): Promise<void> {
  for (const host of fleet.hosts) host.facts = host.hardware
  const { hostsFile } = await fleet.writeFiles(folder, demoDeclared)
  const provision = howCalled(process.env.npm_lifecycle_event)
  say(out, 'The fleet is as new again, and stays up until Ctrl-C. Try in another terminal:')
  const commands = ['status', 'plan', 'apply', 'verify', 'release']
  out.write(`\n${indented(commands.map((word) => `${provision} ${word} ${hostsFile}`))}\n`)
  say(out, 'Edit that file as you like. It goes away with the fleet.')
  await interrupt
}

/** What to type for `provision`, which need not be in the PATH: npm says under which script it runs this. */
function howCalled(npmScript: string | undefined): string {
  if (npmScript === 'demo') return 'npm run -s provision --'
  return npmScript === 'npx' ? 'npx provision' : 'provision'
}

/** Ctrl-C must not leave the folder behind. */
function listenForInterrupt() {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.on('SIGINT', abort).on('SIGTERM', abort)
  return {
    aborted: () => controller.signal.aborted,
    once: new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve())),
    dispose: () => process.off('SIGINT', abort).off('SIGTERM', abort),
  }
}

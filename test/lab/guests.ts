import { Guest } from './guest.ts'
import { SPECS, type SpecName } from './specs.ts'

const started = new Map<SpecName, Promise<Guest>>()

/**
 * The guest of this kind for this mocha process: booted when first asked for, shared by every suite, stopped
 * at the end. A suite that changed drives leaves them as `wipeDrives` would, or calls it first.
 */
export function sharedGuest(name: SpecName): Promise<Guest> {
  let guest = started.get(name)
  if (!guest) {
    guest = Guest.start(SPECS[name], { log: (line) => process.stderr.write(`${line}\n`) })
    started.set(name, guest)
  }
  return guest
}

// Root hooks, because this file is loaded outside any suite.
if (typeof afterEach === 'function') {
  afterEach('says what the guests said', async function () {
    if (this.currentTest?.state !== 'failed') return
    this.timeout(180_000)
    process.stderr.write(`${String(this.currentTest.err?.message)}\n`)
    for (const guest of await running()) process.stderr.write(await lastWords(guest))
  })

  after('stops the guests', async () => {
    for (const guest of await running()) {
      process.stderr.write(`lab: ${guest.name} booted ${guest.boots} times\n`)
      await guest.stop()
    }
    started.clear()
  })
}

async function running(): Promise<Guest[]> {
  const settled = await Promise.allSettled(started.values())
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

async function lastWords(guest: Guest): Promise<string> {
  const journal = await guest
    .ssh('journalctl -b --no-pager -n 400 -o short-monotonic | grep -v sshd | tail -n 40', {
      timeoutMs: 60_000,
    })
    .then(({ stdout }) => stdout)
    .catch((error: unknown) => `no journal: ${String(error)}`)
  return `--- ${guest.name}: console\n${await guest.consoleTail(25)}\n--- ${guest.name}: journal\n${journal}\n`
}

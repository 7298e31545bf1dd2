import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, symlinkSync } from 'node:fs'
import type { Program } from '../../src/agent/program.ts'
import { type AbandonedRun, attachRun } from '../../src/apply/attach.ts'
import { readLock, removeLock } from '../../src/apply/lock.ts'
import { takeBack, toTakeBack } from '../../src/apply/take-back.ts'
import { runTransaction } from '../../src/apply/transaction.ts'
import type { StepAction } from '../../src/plan/step.ts'
import { known, mapFact } from '../../src/probe/fact.ts'
import type { HandOver, HostFacts } from '../../src/probe/facts.ts'
import { probeHost } from '../../src/probe/run-probe.ts'
import type { Connection } from '../../src/transport/transport.ts'
import { drive, hostFacts } from '../support/facts.ts'
import { programOf } from '../support/program.ts'
import { isInstalled, shells } from '../support/run-sh.ts'
import { PlantedHost } from './planted.ts'

const bdf = '0000:5e:00.0'
const target = '/data'
const place = { nsid: 1, partition: 1, target, fstype: 'ext4', options: 'rw,relatime', root: '/' }
const swap = { nsid: 1, partition: 2, priority: 5 }
const pool = 'sys/devices/system/node/node0/hugepages/hugepages-2048kB'

const start = asProbed(
  hostFacts({
    drives: [
      drive({
        bdf,
        serial: 'S-5e',
        namespaces: [
          {
            partitions: [
              { mount: target, holds: [] },
              { swap: 5, holds: [] },
            ],
          },
        ],
      }),
    ],
    hugepages: { 'node0/2M': 8 },
  }),
)
const record = recordOf(start)
const away: StepAction[] = [
  { kind: 'module', module: 'vfio-pci', to: 'loaded' },
  { kind: 'hugepages', sizeKiB: 2048, node: 0, from: 8, to: 512 },
  { kind: 'swapoff', bdf, ...swap },
  { kind: 'umount', bdf, ...place },
  { kind: 'record', bdf, record, previous: null },
  { kind: 'override', bdf, from: null, to: 'vfio-pci' },
  { kind: 'unbind', bdf, driver: 'nvme', serial: 'S-5e', record },
  { kind: 'bind', bdf, driver: 'vfio-pci', record },
  { kind: 'owner', bdf, group: 94, from: 'root:root', to: 'spdk:spdk' },
]
const program = programOf(away, { rechecks: [{ bdf, driver: 'nvme', serial: 'S-5e' }] })
const ids = program.steps.map(({ id }) => id)

/** Drives pad what they say of themselves, and the probe takes that off. */
function asProbed(facts: HostFacts): HostFacts {
  return {
    ...facts,
    drives: facts.drives.map((one) => ({
      ...one,
      controller: mapFact(one.controller, (of) =>
        known({ ...of, model: of.model.trim(), serial: of.serial.trim() }),
      ),
    })),
  }
}

function recordOf({ drives: [first] }: HostFacts): HandOver {
  ok(first)
  const { record: _, ...of } = first
  return {
    format: 1,
    run: 'run-1',
    at: '2026-01-01T00:00:00Z',
    from: 'nvme',
    drive: of,
    mounts: [place],
    swaps: [swap],
  }
}

const steady = (facts: HostFacts) => ({ ...facts, uid: 0, nodeOwners: {}, users: {}, bootId: undefined })

/** Redefines `event` so that the agent is killed right after this one is in the journal. */
const killedAfter = (event: string) =>
  `event() { journal_line "$1" "$2" "$3"; known "$1" "$2" "$one_line"; wire_flush; [ "$1 $2" != '${event}' ] || kill -KILL $$; }\n`

const options = { become: 'none', timeoutMs: 60_000, host: 'stor-01', onEvent: () => {} } as const

function begin(connection: Connection, of: Program = program) {
  return runTransaction(connection, of, options)
}

function probed(connection: Connection): Promise<HostFacts> {
  return probeHost(connection, { nonce: 'p1', become: 'none', users: [], timeoutMs: 60_000 })
}

async function abandoned(connection: Connection): Promise<AbandonedRun> {
  const found = await attachRun(connection, { ...options, run: 'run-1', program })
  ok(found.outcome === 'abandoned', JSON.stringify(found))
  return found
}

function mended(connection: Connection, run: AbandonedRun) {
  return takeBack(connection, run.program, { ...options, steps: toTakeBack(run), holder: 'eve mends' })
}

for (const shell of shells) {
  describe(`a run that stopped in the middle, in ${shell.join(' ')}`, () => {
    let host: PlantedHost
    before(function () {
      if (!isInstalled(shell)) this.skip()
    })
    beforeEach(() => {
      host = new PlantedHost(start)
      host.tree.dir(target.slice(1))
    })
    afterEach(() => host.remove())

    /** The same disk in a host that has just been booted. */
    function afterPowerCut(facts = start): PlantedHost {
      const booted = new PlantedHost({ ...facts, bootId: known('another-boot') })
      booted.tree.dir(target.slice(1))
      cpSync(host.tree.path('var/lib/provision'), booted.tree.path('var/lib/provision'), { recursive: true })
      host.remove()
      host = booted
      return booted
    }

    for (const { id, call } of program.steps) {
      for (const when of ['begin', 'done']) {
        // Each moment in one shell, some of them in all.
        if (shell[0] !== 'dash' && !['umount', 'bind'].includes(call[0])) continue
        it(`is taken back when its agent is killed right after the ${when} of ${call[0]}`, async () => {
          const cut = await begin(host.connection(shell, killedAfter(`step/${id} ${when}`)))
          equal(cut.outcome, 'lost')
          const connection = host.connection(shell)
          const { unfinished } = await probed(connection)
          deepStrictEqual(
            unfinished,
            known([{ run: 'run-1', holder: program.holder, agent: 'gone', at: `step/${id} ${when}` }]),
          )
          const run = await abandoned(connection)
          deepStrictEqual(run, {
            outcome: 'abandoned',
            boot: 'same',
            holder: program.holder,
            begun: ids.slice(0, id),
            done: ids.slice(0, when === 'done' ? id : id - 1),
            undone: [],
            program: run.program,
          })
          const result = await mended(connection, run)
          ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
          deepStrictEqual(steady(result.facts.facts), steady(start))
          deepStrictEqual(result.undone.toSorted(), run.begun)
          equal(host.tree.read(`${pool}/nr_hugepages`).trim(), '8')
          const again = await attachRun(connection, { ...options, run: 'run-1' })
          equal(again.outcome, 'taken_back')
        })
      }
    }

    it('finds after a power cut that the boot has taken nearly all of it back', async () => {
      await begin(host.connection(shell, killedAfter('step/9 done')))
      const connection = afterPowerCut().connection(shell)
      const run = await abandoned(connection)
      equal(run.boot, 'other')
      const events: string[] = []
      const result = await takeBack(connection, run.program, {
        ...options,
        steps: toTakeBack(run),
        holder: 'eve mends',
        onEvent: (event) => {
          if (event.kind === 'step' && event.progress !== 'begin')
            events.push(`${event.step} ${event.progress}`)
        },
      })
      ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
      deepStrictEqual(steady(result.facts.facts), steady(start))
      // All but the record was lost with the boot.
      deepStrictEqual(events, [
        '9 noop',
        '8 noop',
        '7 noop',
        '7 noop',
        '6 noop',
        '5 done',
        '4 noop',
        '3 noop',
        '2 noop',
        '1 noop',
      ])
      equal(existsSync(host.tree.path(`var/lib/provision/drives/${bdf}.json`)), false)
    })

    it('mounts again after a power cut what no fstab brings back, also where the journal was lost', async () => {
      await begin(host.connection(shell, killedAfter('step/9 done')))
      const bare = {
        ...start,
        mounts: mapFact(start.mounts, (mounts) => known(mounts.filter((mount) => mount.target !== target))),
        swaps: known([]),
      }
      const booted = afterPowerCut(bare)
      booted.tree.bytes(
        'var/lib/provision/runs/run-1/journal',
        Buffer.from('run\tbegin\t=\trun-1\nstep/1\tbeg\0\0\0\0\n\0\0\0'),
      )
      const connection = booted.connection(shell)
      const run = await abandoned(connection)
      deepStrictEqual([run.begun, toTakeBack(run)], [[], ids])
      const result = await mended(connection, run)
      ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
      deepStrictEqual(new Set(targets(result.facts.facts)), new Set(targets(start)))
      deepStrictEqual(result.facts.facts.swaps.state === 'known' && result.facts.facts.swaps.value.length, 1)
    })

    it('is not taken back, and stays as it is, when another drive answers there by now', async () => {
      await begin(host.connection(shell, killedAfter('step/8 done')))
      const other = asProbed(hostFacts({ drives: [drive({ bdf, serial: 'S-other' })] }))
      const connection = afterPowerCut(other).connection(shell)
      const run = await abandoned(connection)
      const result = await mended(connection, run)
      deepStrictEqual(result, {
        outcome: 'refused',
        message: `the drive at ${bdf} has serial S-other, the record that this run made is of another`,
      })
      const { program: kept, ...still } = await abandoned(connection)
      deepStrictEqual({ ...still, program: { ...kept, nonce: run.program.nonce } }, run)
    })

    it('is not taken back while somebody drives the drive', async () => {
      await begin(host.connection(shell, killedAfter('step/9 done')))
      host.tree.dir('proc/8/fd')
      host.tree.file('proc/8/comm', 'reactor_0')
      symlinkSync('/dev/vfio/94', host.tree.path('proc/8/fd/3'))
      const connection = host.connection(shell)
      const result = await mended(connection, await abandoned(connection))
      ok(result.outcome === 'failed', JSON.stringify(result))
      match(result.message, /PID 8 \(reactor_0\) has \/dev\/vfio\/94 open$/)
    })

    it('is not taken back while a child of the killed agent is still at work', async () => {
      await begin(host.connection(shell, killedAfter('step/4 begin')))
      host.tree.dir('proc/8/fd')
      host.tree.file('proc/8/comm', 'dd')
      symlinkSync(host.tree.path('run/provision/lock/said'), host.tree.path('proc/8/fd/1'))
      const connection = host.connection(shell)
      const result = await mended(connection, await abandoned(connection))
      ok(result.outcome === 'locked', JSON.stringify(result))
      match(result.holder, /what it had begun is not over: PID 8 \(dd\) has/)
      const lock = await readLock(connection, options)
      ok(lock?.alive)
      equal((await removeLock(connection, options)).kind, 'held')
    })

    it('keeps every later run off the host', async () => {
      await begin(host.connection(shell, killedAfter('step/2 done')))
      const result = await begin(host.connection(shell), { ...program, run: 'run-2' })
      ok(result.outcome === 'refused')
      match(result.message, /^run run-1 was begun on this host and never finished/)
    })

    it('is followed to its end by who attaches, from its first event on', async () => {
      const slow = `mkdir -p '${host.root}/proc/'$$; echo "$$ (sh) S ${'1 '.repeat(18)}4711 0" >'${host.root}/proc/'$$/stat
        umount() { command sleep 2; fake_lines=$(grep -v -F " $1 " "$root/proc/self/mountinfo"); printf '%s\\n' "$fake_lines" >"$root/proc/self/mountinfo"; }\n`
      const first: string[] = []
      const second: string[] = []
      const run = runTransaction(host.connection(shell, slow), program, {
        ...options,
        onEvent: (event) => first.push(JSON.stringify(event)),
      })
      while (!first.some((event) => event.includes('"step":4')))
        await new Promise((resolve) => setTimeout(resolve, 20))
      const attached = await attachRun(host.connection(shell), {
        ...options,
        run: 'run-1',
        onEvent: (event) => second.push(JSON.stringify(event)),
      })
      const there = await run
      ok(attached.outcome === 'applied' && attached.facts.kind === 'seen', JSON.stringify(attached))
      ok(there.outcome === 'applied' && there.facts.kind === 'seen')
      deepStrictEqual(steady(attached.facts.facts), steady(there.facts.facts))
      deepStrictEqual(second, first)
    })

    it('can be taken back after its end, as far as nobody else has been there since', async () => {
      const connection = host.connection(shell)
      equal((await begin(connection)).outcome, 'applied')
      equal((await attachRun(connection, { ...options, run: 'run-1' })).outcome, 'applied')
      host.tree.file(`${pool}/nr_hugepages`, 600)
      const back = () => takeBack(connection, program, { ...options, steps: ids, holder: 'eve' })
      const strange = await back()
      ok(strange.outcome === 'failed', JSON.stringify(strange))
      match(
        strange.message,
        /600 pages of 2048 KiB on node 0, where this run made 512 of 8; something else has set/,
      )
      host.tree.file(`${pool}/nr_hugepages`, 512)
      const result = await back()
      ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
      deepStrictEqual(steady(result.facts.facts), steady(start))
    })

    it('is not taken back when the drive was handed over again since', async () => {
      const connection = host.connection(shell)
      await begin(connection)
      host.tree.file(`var/lib/provision/drives/${bdf}.json`, JSON.stringify({ ...record, run: 'run-7' }))
      const result = await takeBack(connection, program, { ...options, steps: ids, holder: 'eve' })
      ok(result.outcome === 'refused')
      match(result.message, /was not written by this run: 0000:5e:00.0 was handed over again since$/)
      equal((await attachRun(connection, { ...options, run: 'run-1' })).outcome, 'applied')
    })

    it('leaves a module loaded that other drives have come to need', async () => {
      const connection = host.connection(shell)
      const load = programOf(away.slice(0, 1))
      equal((await begin(connection, load)).outcome, 'applied')
      symlinkSync('/', host.tree.path('sys/bus/pci/drivers/vfio-pci/0000:99:00.0'))
      const result = await takeBack(connection, load, { ...options, steps: [1], holder: 'eve' })
      equal(result.outcome, 'rolled_back')
      ok(existsSync(host.tree.path('sys/module/vfio_pci')))
    })

    describe('when it was a give-back', () => {
      const namespaces = record.drive.namespaces.map(({ nsid, sizeBytes }) => ({ nsid, sizeBytes }))
      const giveBack = programOf([
        { kind: 'override', bdf, from: 'vfio-pci', to: null },
        { kind: 'unbind', bdf, driver: 'vfio-pci', serial: null, record },
        { kind: 'bind', bdf, driver: 'nvme', record },
        { kind: 'settle', bdf, namespaces },
        { kind: 'mount', bdf, ...place },
        { kind: 'swapon', bdf, ...swap },
        { kind: 'forget', bdf, record },
      ])
      const handedOver = async () => {
        const connection = host.connection(shell)
        equal((await begin(connection, { ...program, run: 'run-0' })).outcome, 'applied')
        return await probed(connection)
      }
      const found = async (connection: Connection) => {
        const run = await attachRun(connection, { ...options, run: 'run-1', program: giveBack })
        ok(run.outcome === 'abandoned', JSON.stringify(run))
        return run
      }
      const ending = ({ drives, mounts, swaps }: HostFacts) => {
        const [first] = drives
        return [first?.driver, first?.driverOverride, first?.record, mounts, swaps]
      }

      for (const event of ['step/1 done', 'step/2 done', 'step/3 done', 'step/7 done']) {
        it(`the drive goes to SPDK's driver again after kill -9 at ${event}`, async () => {
          const before = await handedOver()
          await begin(host.connection(shell, killedAfter(event)), giveBack)
          const connection = host.connection(shell)
          const result = await mended(connection, await found(connection))
          ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
          deepStrictEqual(ending(result.facts.facts), ending(before))
        })
      }

      it('and after a power cut, for which its driver is loaded first', async () => {
        const before = await handedOver()
        await begin(host.connection(shell, killedAfter('step/6 done')), giveBack)
        const connection = afterPowerCut().connection(shell)
        const result = await mended(connection, await found(connection))
        ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
        deepStrictEqual(ending(result.facts.facts), ending(before))
      })

      it('or nothing moves when that driver cannot be had', async () => {
        await handedOver()
        await begin(host.connection(shell, killedAfter('step/6 done')), giveBack)
        const connection = afterPowerCut().connection(
          shell,
          'modprobe() { echo "not found" >&2; return 1; }\n',
        )
        const result = await mended(connection, await found(connection))
        ok(result.outcome === 'refused', JSON.stringify(result))
        match(result.message, /has to go back to vfio-pci, and the kernel has no such driver now: not found/)
        equal((await found(connection)).outcome, 'abandoned')
      })
    })

    describe('leaves the login session', () => {
      const group = '/user.slice/user-1000.slice/session-4.scope'
      /** A session, with sudo above the agent; busctl and the kernel move what they are told to. */
      const session = (busctl: string) => `
        for fake_pid in $$ $PPID; do mkdir -p '${host.root}/proc/'$fake_pid; done
        echo '0::${group}' >'${host.root}/proc/'$$/cgroup
        echo sudo >'${host.root}/proc/'$PPID/comm
        echo "$PPID (sudo) S 1 0" >'${host.root}/proc/'$PPID/stat
        echo sshd >'${host.root}/proc/1/comm'
        echo "$$ $PPID" >'${host.root}/family'
        busctl() { ${busctl}; }\n`
      const moved = `echo 0::/system.slice/x.scope >"$root/proc/$$/cgroup"`
      const load = programOf(away.slice(0, 1))
      const left = () =>
        host.tree.read('var/lib/provision/runs/run-1/journal').match(/^run\tsession\t=\t(.*)$/m)?.[1]
      beforeEach(() => {
        host.tree.dir('run/systemd/system')
        host.tree.dir('proc/1')
      })

      it('with its sudo, for a scope of its own', async () => {
        const busctl = `printf '%s\\n' "$@" >"$root/asked"; ${moved}`
        equal((await begin(host.connection(shell, session(busctl)), load)).outcome, 'applied')
        equal(left(), '/system.slice/x.scope')
        const asked = host.tree.read('asked').split('\n')
        deepStrictEqual(asked.slice(10, 14).join(' '), `au 2 ${host.tree.read('family').trim()}`)
      })

      it('for the root of the hierarchy where systemd cannot be asked', async () => {
        host.tree.file('sys/fs/cgroup/cgroup.procs', '')
        const write = `write_to() { printf '%s ' "$2" >>"$root/asked"; ${moved}; }\n`
        equal((await begin(host.connection(shell, session('return 1') + write), load)).outcome, 'applied')
        equal(host.tree.read('asked').trim(), host.tree.read('family').trim())
        equal(left(), '/system.slice/x.scope')
      })

      it('or works where it is, if nothing helps', async () => {
        const connection = host.connection(
          shell,
          `${session('return 1')}wait_for() { [ "$1" = 5 ] || { shift; until "$@"; do :; done; }; }\n`,
        )
        equal((await begin(connection, load)).outcome, 'applied')
        equal(left(), group)
      })
    })

    it('is unknown where it never began', async () => {
      deepStrictEqual(await attachRun(host.connection(shell), { ...options, run: 'run-9' }), {
        outcome: 'unknown_run',
      })
    })

    it('is refused where no journal can be kept, and falls back to /run where /var/lib is read-only', async () => {
      host.tree.remove('var/lib')
      host.tree.file('var/lib', 'no folder')
      const only = programOf(away.slice(1, 2))
      const connection = host.connection(shell)
      equal((await begin(connection, only)).outcome, 'applied')
      ok(existsSync(host.tree.path('run/provision/runs/run-1/end')))
      equal((await attachRun(connection, { ...options, run: 'run-1' })).outcome, 'applied')
      host.tree.remove('run/provision/runs')
      host.tree.file('run/provision/runs', 'no folder')
      const result = await begin(connection, { ...only, run: 'run-2' })
      ok(result.outcome === 'refused')
      match(result.message, /^no journal of this run can be kept/)
      equal(host.tree.read(`${pool}/nr_hugepages`).trim(), '512')
    })

    it('keeps the last twenty that are over, and every one that is not', async () => {
      const connection = host.connection(shell, 'PROVISION_DEADLINE=30\n')
      for (let count = 0; count < 25; count += 1) {
        host.tree.file(`var/lib/provision/runs/old-${count}/end`, 'applied whole')
      }
      equal((await begin(connection, programOf([]))).outcome, 'applied')
      const left = readdirSync(host.tree.path('var/lib/provision/runs'))
      equal(left.length, 20)
      ok(left.includes('run-1'))
    })

    it('shows its lock, which goes once it is gone', async () => {
      const connection = host.connection(shell)
      equal(await readLock(connection, options), null)
      deepStrictEqual(await removeLock(connection, options), { kind: 'none' })
      await begin(host.connection(shell, killedAfter('step/2 done')))
      const lock = await readLock(connection, options)
      ok(lock)
      deepStrictEqual(
        { ...lock, process: lock.process?.boot },
        { holder: program.holder, process: 'same', alive: false, reason: '', path: '/run/provision/lock' },
      )
      deepStrictEqual(await removeLock(connection, options), { kind: 'removed', lock })
      equal(await readLock(connection, options), null)
    })

    it('keeps its lock for as long as it lives', async () => {
      host.tree.file('run/provision/lock/owner', 'ann@laptop since noon')
      host.tree.file(
        'run/provision/lock/process',
        `7 4711 ${start.bootId.state === 'known' ? start.bootId.value : ''}`,
      )
      host.tree.file('proc/7/stat', `7 (a) b (c) S ${'1 '.repeat(18)}4711 0 0`)
      const result = await removeLock(host.connection(shell), options)
      deepStrictEqual(result, {
        kind: 'held',
        lock: {
          holder: 'ann@laptop since noon',
          process: { pid: 7, boot: 'same' },
          alive: true,
          reason: 'ann@laptop since noon (process 7 on the host)',
          path: '/run/provision/lock',
        },
      })
      ok(existsSync(host.tree.path('run/provision/lock/owner')))
    })
  })
}

function targets(facts: HostFacts): string[] {
  return facts.mounts.state === 'known' ? facts.mounts.value.map((mount) => mount.target) : []
}

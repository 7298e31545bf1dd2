import assert from 'node:assert/strict'
import type { Program } from '../../src/agent/program.ts'
import { type AbandonedRun, type AttachResult, attachRun } from '../../src/apply/attach.ts'
import { readLock, removeLock } from '../../src/apply/lock.ts'
import { type TakeBackResult, takeBack, toTakeBack } from '../../src/apply/take-back.ts'
import { runTransaction, type TransactionResult } from '../../src/apply/transaction.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import type { StepAction } from '../../src/plan/step.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { seen } from '../../src/probe/fact.ts'
import type { HandOver, HostFacts } from '../../src/probe/facts.ts'
import type { Connection } from '../../src/transport/transport.ts'
import { declaration } from '../support/declaration.ts'
import { programOf } from '../support/program.ts'
import { connect, driveIn, LabAgent, recordOf, steady, toVfio } from './agent-run.ts'
import { bdfBySerial, blockDevice, checksum, driverOf, wipeDrives } from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { until } from './until.ts'

const PATIENCE = { become: 'none', timeoutMs: 600_000, host: 'standard', onEvent: () => {} } as const

/** The connection, with shell put between the agent and its last line: what a fault does, at the very moment. */
function faulty(connection: Connection, shell: string): Connection {
  return {
    user: connection.user,
    close: () => connection.close(),
    exec: (command, options) => {
      const text = options.stdin.toString('latin1')
      const at = text.search(/^(?:apply|back)_main '/m)
      assert.ok(at > 0)
      const stdin = Buffer.from(`${text.slice(0, at)}${shell}\n${text.slice(at)}`, 'latin1')
      return connection.exec(command, { ...options, stdin })
    },
  }
}

/** What the agent does right after this event is in its journal. */
const upon = (event: string, does: string) =>
  `event() { journal_line "$1" "$2" "$3"; known "$1" "$2" "$one_line"; wire_flush; if [ "$1 $2" = '${event}' ]; then ${does}; fi; }`

describe('a run that is broken off', () => {
  const at = '/srv/data'
  const place = { nsid: 1, partition: 0, target: at, fstype: 'ext4', root: '/' }
  let guest: Guest
  let agent: LabAgent
  let bdf: string
  let start: HostFacts
  let record: HandOver
  let sums: string
  let actions: StepAction[]
  let count = 0
  let boots = 0

  const program = (): Program => {
    count += 1
    return programOf(actions, {
      nonce: `n${count}`,
      run: `run-${count}`,
      holder: `run-${count} of the lab`,
      rechecks: [{ bdf, driver: 'nvme', serial: 'LAB0001' }],
    })
  }
  const ids = () => actions.map((_, index) => index + 1)
  const attached = (of: Program): Promise<AttachResult> =>
    attachRun(agent.connection, { ...PATIENCE, run: of.run, program: of })
  const backed = (of: Program, steps: number[]): Promise<TakeBackResult> =>
    takeBack(agent.connection, of, { ...PATIENCE, steps, holder: 'the lab takes back' })

  /** What the steps have to do with, without the names that the kernel deals out. */
  const compared = (facts: HostFacts) => {
    const { drives, hugepages, swaps, mounts } = steady(facts) as HostFacts
    return { drives, hugepages, swaps, mounts: seen(mounts)?.filter(({ target }) => target === at) }
  }

  async function asBefore(facts: HostFacts): Promise<void> {
    assert.deepEqual(compared(facts), compared(start))
    assert.equal(await checksum(guest, at), sums)
    assert.equal(await driverOf(guest, bdf), 'nvme')
    assert.equal(
      await guest.sh(
        `ls /var/lib/provision/drives; findmnt -no OPTIONS ${at} | tr , '\\n' | grep -c noatime`,
      ),
      '1',
    )
  }

  async function mended(of: Program): Promise<AbandonedRun> {
    const run = await attached(of)
    assert.ok(run.outcome === 'abandoned', JSON.stringify(run))
    const result = await backed(run.program, toTakeBack(run))
    assert.ok(result.outcome === 'rolled_back' && result.facts.kind === 'seen', JSON.stringify(result))
    await asBefore(result.facts.facts)
    return run
  }

  before(async () => {
    guest = await sharedGuest('standard')
    await wipeDrives(guest)
    await guest.sh('rm -rf /var/lib/provision /run/provision; modprobe vfio-pci')
    agent = await LabAgent.to(guest)
    bdf = await bdfBySerial(guest, 'LAB0001')
    const disk = await blockDevice(guest, 'LAB0001')
    await guest.sh(`
      mkfs.ext4 -q ${disk}; mkdir -p ${at}; mount -o noatime ${disk} ${at}
      head -c 3000000 /dev/urandom >${at}/random.bin; mkdir -p -m 700 /var/lib/provision/drives; sync`)
    sums = await checksum(guest, at)
    start = await agent.facts()
    const options = seen(start.mounts)?.find(({ target }) => target === at)?.options ?? ''
    record = recordOf(driveIn(start, bdf), { mounts: [{ ...place, options }] })
    actions = [
      { kind: 'hugepages', sizeKiB: 2048, node: 1, from: 0, to: 16 },
      { kind: 'umount', bdf, ...place, options },
      ...toVfio(record),
    ]
  })
  after(async () => {
    await agent.close()
    await wipeDrives(guest)
    await guest.sh('rm -rf /var/lib/provision /run/provision')
  })

  describe('by kill -9 right after a step', () => {
    for (const id of [1, 2, 3, 4, 5, 6]) {
      it(`step ${id}: it is abandoned, and everything is taken back`, async () => {
        const of = program()
        const cut = await runTransaction(
          faulty(agent.connection, upon(`step/${id} done`, 'kill -KILL $$')),
          of,
          PATIENCE,
        )
        assert.equal(cut.outcome, 'lost')
        const { begun, done, boot } = await mended(of)
        assert.deepEqual(
          { begun, done, boot },
          { begun: ids().slice(0, id), done: ids().slice(0, id), boot: 'same' },
        )
      })
    }
  })

  it('by kill -9 in the middle of a write: nobody else works there until that write is over', async () => {
    const of = program()
    // The child that writes kills its agent, and takes its time then. Until it is over the channel stays open.
    const slow = `
      write_line() { case $1 in */unbind) kill -KILL $$; command sleep 60 ;; esac; printf '%s\\n' "$2" | dd of="$1" conv=notrunc; }`
    const cutting = runTransaction(faulty(agent.connection, slow), of, PATIENCE)
    await until(async () => ((await readLock(agent.connection, PATIENCE)) === null ? undefined : true), {
      what: 'the run holds the lock',
      deadlineMs: 120_000,
    })
    const early = await until(
      async () => {
        const back = await backed(of, ids())
        return back.outcome === 'locked' && back.holder.includes('not over') ? back : undefined
      },
      { what: 'the agent is killed', deadlineMs: 120_000, everyMs: 500 },
    )
    assert.match(early.holder, /it was killed, and what it had begun is not over: PID \d+/)
    assert.equal((await readLock(agent.connection, PATIENCE))?.alive, true)
    assert.equal((await removeLock(agent.connection, PATIENCE)).kind, 'held')
    await until(async () => ((await readLock(agent.connection, PATIENCE))?.alive ? undefined : true), {
      what: 'the write is over',
      deadlineMs: 120_000,
      everyMs: 2000,
    })
    assert.equal((await cutting).outcome, 'lost')
    await mended(of)
  })

  describe('by a cut connection right after a step', () => {
    // Each step in turn is cut in faults.lab.ts, by the whole command.
    for (const id of [2, 5]) {
      it(`step ${id}: the host goes on, who attaches sees all of it, and it can be rolled back afterwards`, async () => {
        const of = program()
        const cut = await runTransaction(agent.connection, of, {
          ...PATIENCE,
          onEvent: (event) => {
            if (event.kind === 'step' && event.step === id && event.progress === 'done')
              agent.connection.close()
          },
        })
        assert.ok(['lost', 'applied'].includes(cut.outcome), JSON.stringify(cut))
        await agent.reconnect()
        const events: string[] = []
        const result = await attachRun(agent.connection, {
          ...PATIENCE,
          run: of.run,
          program: of,
          onEvent: (event) => event.kind === 'step' && events.push(`${event.step} ${event.progress}`),
        })
        assert.ok(result.outcome === 'applied' && result.facts.kind === 'seen', JSON.stringify(result))
        assert.deepEqual(
          events,
          ids().flatMap((step) => [`${step} begin`, `${step} done`]),
        )
        assert.deepEqual(compared(result.facts.facts), compared(predict(start, actions)))
        const back = await backed(of, ids())
        assert.ok(back.outcome === 'rolled_back' && back.facts.kind === 'seen', JSON.stringify(back))
        await asBefore(back.facts.facts)
      })
    }
  })

  it('by a clock that is set back: it takes no notice', async () => {
    const of = program()
    const back = upon('step/2 done', "date -s '2001-01-01 00:00' >/dev/null")
    try {
      const { outcome } = await runTransaction(faulty(agent.connection, back), of, PATIENCE)
      assert.equal(outcome, 'applied')
    } finally {
      await guest.sh(`date -s @${Math.floor(Date.now() / 1000)}`)
    }
    const result = await backed(of, ids())
    assert.equal(result.outcome, 'rolled_back', JSON.stringify(result))
  })

  describe('by the end of the login session', () => {
    /** What logind does with KillUserProcesses=yes, or when somebody ends the session: it stops the session's scope. */
    async function sessionEnds(shell: string): Promise<{ of: Program; result: AttachResult }> {
      const connection = await connect(agent.transport, guest, 'ops')
      const scope = `session-${900 + count}.scope`
      const of = { ...program(), steps: programOf(actions.slice(0, 1)).steps, rechecks: [] }
      await guest.sh(`
        busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \\
          StartTransientUnit 'ssa(sv)a(sa(sv))' ${scope} fail 3 PIDs au $(set -- $(pgrep -f '^sshd: ops'); echo $# $*) \\
          Slice s user.slice SendSIGHUP b true 0 >/dev/null
        while ! systemctl -q is-active ${scope}; do sleep 0.2; done`)
      let begun: () => void = () => {}
      const seenBegin = new Promise<void>((resolve) => {
        begun = resolve
      })
      const run = runTransaction(
        faulty(connection, `${upon('step/1 begin', 'command sleep 8')}\n${shell}`),
        of,
        {
          ...PATIENCE,
          become: 'sudo',
          onEvent: () => begun(),
        },
      )
      await seenBegin
      await guest.sh(`systemctl stop ${scope}`)
      assert.equal((await run).outcome, 'lost')
      connection.close()
      return { of, result: await attached(of) }
    }

    it('it is not part of it', async () => {
      const { of, result } = await sessionEnds('')
      assert.equal(result.outcome, 'applied', JSON.stringify(result))
      assert.match(
        await guest.sh(`grep session /var/lib/provision/runs/${of.run}/journal`),
        /^run\tsession\t=\t\/system.slice\/provision-run-\d+-\d+\.scope$/,
      )
      assert.equal((await backed(of, [1])).outcome, 'rolled_back')
    })

    it('without busctl neither', async () => {
      const { of, result } = await sessionEnds('busctl() { return 127; }')
      assert.equal(result.outcome, 'applied', JSON.stringify(result))
      assert.equal((await backed(of, [1])).outcome, 'rolled_back')
    })

    it('and would be told to stop if it stayed there', async () => {
      const { result } = await sessionEnds('leave_session() { :; }')
      assert.notEqual(result.outcome, 'applied', JSON.stringify(result))
      if (result.outcome === 'abandoned') await backed(result.program, toTakeBack(result))
    })
  })

  describe('by a disk that cannot be written', () => {
    const onlyPages = (): Program => ({
      ...program(),
      steps: programOf(actions.slice(0, 1)).steps,
      rechecks: [],
    })
    const apply = (of: Program): Promise<TransactionResult> => runTransaction(agent.connection, of, PATIENCE)

    it('full at the start: hugepages are set all the same, and a drive is not handed over', async () => {
      await guest.sh(`
        mount -t tmpfs -o size=64k none /var/lib/provision
        dd if=/dev/zero of=/var/lib/provision/fill bs=1k 2>/dev/null || true`)
      try {
        const of = onlyPages()
        assert.equal((await apply(of)).outcome, 'applied')
        assert.equal((await attached(of)).outcome, 'applied')
        assert.equal((await backed(of, [1])).outcome, 'rolled_back')
        const all = await apply(program())
        assert.ok(all.outcome === 'rolled_back', JSON.stringify(all))
        assert.equal(all.failed.kind, 'record')
        assert.match(all.failed.message, /No space left on device/)
      } finally {
        await guest.sh('umount /var/lib/provision')
      }
      await asBefore(await agent.facts())
    })

    it('full in the middle: the work goes on, and its end is known', async () => {
      await guest.sh('mount -t tmpfs -o size=256k none /var/lib/provision')
      try {
        const of = onlyPages()
        const fill = upon('step/1 begin', 'dd if=/dev/zero of=/var/lib/provision/fill bs=1k 2>/dev/null')
        const padded = `journal_line() { one_line "$3"; printf '%4000s\\n' '' >>"$journal" || journal_torn=torn; }`
        const { outcome } = await runTransaction(faulty(agent.connection, `${padded}\n${fill}`), of, PATIENCE)
        assert.equal(outcome, 'applied')
        assert.match(await guest.sh(`head -n 1 /var/lib/provision/runs/${of.run}/end`), /^applied torn/)
        const later = await attached(of)
        assert.equal(later.outcome, 'applied', JSON.stringify(later))
        assert.equal((await backed(of, [1])).outcome, 'rolled_back')
      } finally {
        await guest.sh('umount /var/lib/provision')
      }
    })

    it('read-only: the same as full; and without any place for a journal nothing is touched', async () => {
      await guest.sh('mount -t tmpfs none /var/lib/provision; mount -o remount,ro /var/lib/provision')
      try {
        const all = await apply(program())
        assert.ok(all.outcome === 'rolled_back', JSON.stringify(all))
        assert.match(all.failed.message, /Read-only file system/)
        await guest.sh(
          'rm -rf /run/provision/runs; mkdir -p /run/provision/runs; mount -t tmpfs none /run/provision/runs; mount -o remount,ro /run/provision/runs',
        )
        const none = await apply(program())
        assert.ok(none.outcome === 'refused', JSON.stringify(none))
        assert.match(none.message, /no journal of this run can be kept.*Read-only file system/)
      } finally {
        await guest.sh('umount /run/provision/runs || true; umount /var/lib/provision')
      }
      await asBefore(await agent.facts())
    })
  })

  describe('by a power cut', () => {
    for (const id of (process.env.PROVISION_LAB_CUTS ?? '6').split(' ').map(Number)) {
      it(`after step ${id}: nothing is planned on top of it, and everything is taken back`, async () => {
        const of = program()
        boots = guest.boots
        const hold = upon(`step/${id} done`, 'command sleep 600')
        const run = runTransaction(faulty(agent.connection, hold), of, {
          ...PATIENCE,
          onEvent: (event) => {
            if (event.kind === 'step' && event.step === id && event.progress === 'done') void guest.reset()
          },
        })
        await until(async () => (guest.boots > boots ? true : undefined), {
          what: 'the guest is back',
          deadlineMs: 600_000,
        })
        agent.connection.close()
        assert.equal((await run).outcome, 'lost')
        await agent.reconnect()
        const facts = await agent.facts()
        const [unfinished] = seen(facts.unfinished) ?? []
        assert.deepEqual([unfinished?.run, unfinished?.agent], [of.run, 'other_boot'])
        const plan = planHost({
          declaration: declaration({ spdk: [bdf] }),
          facts,
          stamp: { id: 'x', at: 'y' },
        })
        assert.ok(
          plan.reasons.some(({ code }) => code === 'RUN_UNFINISHED'),
          JSON.stringify(plan.reasons),
        )
        await guest.sh('modprobe vfio-pci')
        assert.equal((await mended(of)).boot, 'other')
      })
    }
  })
})

import assert from 'node:assert/strict'
import { provision, provisionWatched, type Ran } from '../support/captured.ts'
import { CutWire } from './cut-wire.ts'
import {
  bdfs,
  blockDevice,
  checksum,
  type DriveState,
  dataOn,
  drives,
  hugepages,
  mountedAt,
  wipeDrives,
} from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { HostsFiles } from './hosts-yaml.ts'

/**
 * Things that go wrong in the middle of a run, on a real host. Whatever happens, it ends as declared or as it was, with
 * its data whole, and the tool says which.
 */

const PAGES = 16
const FIRST = 'LAB0001'

/** One line of stderr for each step that is over; the n-th of them. */
const stepsDone = (stderr: string) =>
  stderr.split('\n').filter((line) => / … (done|already so)/.test(line)).length

interface Host {
  outcome: string
  error: { code: string } | null
  failure: { step: number; summary: string; message: string } | null
}

function hostIn(ran: Ran): Host {
  try {
    return JSON.parse(ran.stdout).hosts[0]
  } catch {
    return assert.fail(`no document\n${ran.stdout}\n${ran.stderr}`)
  }
}

describe('faults in the middle of a run', () => {
  let guest: Guest
  let files: HostsFiles
  let bdf: string
  let sums: string | undefined
  let drivesBefore: DriveState[]
  let neighbours: DriveState[]
  let declared: string
  let state: string[]

  before(async () => {
    guest = await sharedGuest('standard')
    files = await HostsFiles.for(guest)
  })
  after(() => files.remove())

  /** The drive with data on it, mounted; nothing of an earlier run left. What came back whole need not be made anew. */
  async function fresh(): Promise<void> {
    await guest.sh(`pkill -f "[f]ault-" || :; rm -rf /run/provision /var/lib/provision/runs; umount -q /mnt/other || :
      modprobe -r vfio-pci vfio_iommu_type1 || :`)
    if (await stillFresh()) return
    await guest.sh('rm -rf /var/lib/provision; umount -q /data || :')
    await wipeDrives(guest)
    await guest.sh('modprobe -r vfio-pci vfio_iommu_type1 || :')
    bdf = (await bdfs(guest)).get(FIRST) ?? assert.fail(`no drive ${FIRST}`)
    await dataOn(guest, FIRST, { partitioned: true })
    sums = await checksum(guest, '/data')
    drivesBefore = await drives(guest)
    neighbours = drivesBefore.filter((one) => one.bdf !== bdf)
    state = [
      `devices: { spdk: [{ bdf: "${bdf}", serial: ${FIRST} }] }`,
      'in_use: release',
      `hugepages: { 2M: { node0: ${PAGES} } }`,
    ]
    declared = await files.declare(...state)
  }

  async function stillFresh(): Promise<boolean> {
    if (sums === undefined) return false
    await guest.sh(
      'for node in 0 1; do echo 0 >/sys/devices/system/node/node$node/hugepages/hugepages-2048kB/nr_hugepages; done',
    )
    return isAsBefore().then(
      () => true,
      () => false,
    )
  }

  async function isAsBefore(): Promise<void> {
    assert.deepEqual(await drives(guest), drivesBefore)
    assert.match(await mountedAt(guest, '/data'), /nvme/)
    assert.equal(await checksum(guest, '/data'), sums)
    assert.equal(await hugepages(guest, 0), 0)
    assert.equal(await guest.sh('ls /var/lib/provision/drives 2>/dev/null || :'), '')
  }

  async function isAsDeclared(): Promise<void> {
    const now = await drives(guest)
    assert.equal(now.find((one) => one.bdf === bdf)?.driver, 'vfio-pci')
    assert.deepEqual(
      now.filter((one) => one.bdf !== bdf),
      neighbours,
    )
    assert.equal(await hugepages(guest, 0), PAGES)
    const verified = await provision('verify', declared)
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
  }

  /** The invariant: what the tool says is how the host is. */
  async function endsAsSaid(ran: Ran): Promise<Host> {
    const host = hostIn(ran)
    const said = `${ran.code} ${ran.stdout}\n${ran.stderr}`
    if (host.outcome === 'applied') {
      assert.equal(ran.code, 0, said)
      await isAsDeclared()
    } else {
      assert.notEqual(ran.code, 0, said)
      assert.equal(host.outcome, 'rolled_back', said)
      await isAsBefore()
    }
    const locked = await guest.sh('ls -d /run/provision/lock 2>/dev/null || :')
    assert.equal(locked, '', 'a lock is left')
    return host
  }

  async function runId(): Promise<string> {
    const listed = JSON.parse((await provision('runs', '--json')).stdout).runs
    return listed.at(-1)?.id ?? assert.fail('no run is listed')
  }

  /** Whatever was handed over comes back whole. */
  async function comesBack(): Promise<void> {
    const ran = await provision('release', declared, '-y')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(await checksum(guest, '/data'), sums)
  }

  describe('the connection is cut', () => {
    const STEPS = 8
    for (let step = 1; step <= STEPS; step += 1) {
      const stays = step % 2 === 0
      it(`after step ${step}${stays ? ', and stays so until resume' : ', and works again'}`, async () => {
        await fresh()
        const wire = await CutWire.to(guest.port)
        try {
          const behind = await files.declareBehind(wire.port, ...state)
          let cut = false
          const ran = await provisionWatched(['apply', behind, '-y', '--json', '-v'], (stderr) => {
            if (cut || stepsDone(stderr) < step) return
            cut = true
            wire.cut({ stays })
          })
          assert.ok(cut, `step ${step} was not seen\n${ran.stderr}`)
          wire.mend()
          const host = hostIn(ran)
          // The last step may be told together with the end.
          if (host.outcome === 'applied') await endsAsSaid(ran)
          else {
            assert.equal(ran.code, 2, ran.stdout + ran.stderr)
            assert.equal(host.error?.code, 'CONNECTION_LOST')
            assert.match(ran.stdout, /provision resume \d/)
            const resumed = await provision('resume', await runId(), '--json')
            assert.equal(hostIn(resumed).outcome, 'applied', resumed.stdout + resumed.stderr)
            await endsAsSaid(resumed)
          }
          await comesBack()
        } finally {
          wire.close()
        }
      })
    }
  })

  describe('inside the host', () => {
    interface Row {
      it: string
      /** Shell, run as root before the run. */
      before?: string
      /** Shell, run as root as soon as the run has begun there. */
      strike?: string
      /** Shell, afterwards. */
      after?: string
      declare?: () => string[]
      ends: 'rolled_back' | 'applied' | 'failed'
      says?: RegExp
    }

    const rows: Row[] = [
      {
        it: 'a process opens the drive between plan and unbind',
        strike: 'exec -a fault-open sleep 1000 < "$disk"',
        ends: 'rolled_back',
        says: /PID \d+ \(sleep\) has \/dev\/nvme\w+ open/,
      },
      {
        it: 'a filesystem of it is mounted once more between plan and unbind',
        strike: 'mkdir -p /mnt/other && mount "$disk"p1 /mnt/other',
        after: 'umount /mnt/other',
        // All is taken back, but the host is not as it was: somebody else has mounted something. So it is said.
        ends: 'failed',
        says: /mounted on \/mnt\/other[\s\S]*NOT_VERIFIED|NOT_VERIFIED[\s\S]*mounted on \/mnt\/other/,
      },
      {
        it: 'it is mounted in the mount namespace of another process',
        strike: "exec unshare -m --propagation private bash -c 'exec -a fault-unshare sleep 1000'",
        ends: 'rolled_back',
        says: /mount namespace of PID \d+/,
      },
      {
        it: 'the mount is busy',
        before:
          "setsid bash -c 'cd /data && exec -a fault-busy sleep 1000' >/dev/null 2>&1 </dev/null & sleep 1",
        ends: 'rolled_back',
        says: /busy.*PID \d+ \(sleep\) has \/data open|PID \d+ \(sleep\) has \/data open/s,
      },
      {
        it: 'memory runs out',
        declare: () => [
          `devices: { spdk: [{ bdf: "${bdf}", serial: ${FIRST} }] }`,
          'in_use: release',
          `hugepages: { 2M: { node1: ${Math.floor((512 * 0.97) / 2)} } }`,
        ],
        ends: 'rolled_back',
        says: /asked for \d+ pages/,
      },
      {
        it: 'the driver is gone when it is bound',
        strike:
          'while [ ! -d /sys/bus/pci/drivers/vfio-pci ]; do sleep 0.05; done; while ! modprobe -r vfio-pci; do sleep 0.05; done; mv "/lib/modules/$(uname -r)/kernel/drivers/vfio" /root/vfio.away',
        after: 'mv /root/vfio.away "/lib/modules/$(uname -r)/kernel/drivers/vfio"; depmod',
        ends: 'rolled_back',
        says: /vfio-pci/,
      },
      {
        it: 'the clock is set back',
        strike: 'date -s "2001-01-01 00:00:00" >/dev/null',
        after: 'hwclock --hctosys || :',
        ends: 'applied',
      },
      {
        it: 'the agent is told to stop',
        strike:
          'while ! grep -q "umount" /var/lib/provision/runs/*/journal; do sleep 0.05; done; read -r pid _ </run/provision/lock/process; kill -TERM "$pid"',
        ends: 'rolled_back',
        says: /told to stop/,
      },
    ]

    for (const row of rows) {
      it(row.it, async () => {
        await fresh()
        const file = row.declare === undefined ? declared : await files.declare(...row.declare())
        if (row.before !== undefined) await guest.sh(row.before)
        if (row.strike !== undefined) await arm(row.strike)
        try {
          const ran = await provision('apply', file, '-y', '--json')
          assert.equal(hostIn(ran).outcome, row.ends, ran.stdout + ran.stderr)
          if (row.says !== undefined) assert.match(ran.stdout, row.says)
          await guest.sh('pkill -f "[f]ault-" || :')
          if (row.after !== undefined) await guest.sh(row.after)
          if (row.ends === 'failed') await isAsBefore()
          else await endsAsSaid(ran)
        } finally {
          await guest.sh('pkill -f "[f]ault-" || :')
        }
      })
    }

    it('the drive is pulled out: nobody says it is as declared', async () => {
      await fresh()
      // The agent waits, stopped, until the kernel has noticed: a removal takes some seconds.
      await arm(`
        while ! grep -q 'step/4.done' /var/lib/provision/runs/*/journal; do sleep 0.05; done
        read -r pid _ </run/provision/lock/process
        kill -STOP "$pid"
        while [ -e /sys/bus/pci/devices/${bdf} ]; do sleep 0.2; done
        # sudo stops with its child, and does not go on with it.
        kill -CONT "$pid"; sleep 1; pkill -CONT -x sudo || :`)
      let pulled: Promise<void> | undefined
      const ran = await provisionWatched(['apply', declared, '-y', '--json', '-v'], (stderr) => {
        if (pulled === undefined && /unmount \/data.* … done/.test(stderr)) pulled = guest.deviceDel(FIRST)
      })
      await (pulled ?? assert.fail(`it was not unmounted\n${ran.stderr}`))
      assert.equal(ran.code, 2, ran.stdout + ran.stderr)
      const host = hostIn(ran)
      assert.equal(host.outcome, 'failed', ran.stdout + ran.stderr)
      assert.match(ran.stdout, /no PCI device is at/)
      assert.deepEqual(
        (await drives(guest)).filter((one) => one.bdf !== bdf),
        neighbours,
      )
      await guest.deviceAdd(FIRST)
      await guest.sh(`mount ${await blockDevice(guest, FIRST)}p1 /data`)
      assert.equal(await checksum(guest, '/data'), sums)
    })

    /** Runs in the guest once a run holds the lock there; `$disk` is the drive's block device. */
    async function arm(strike: string): Promise<void> {
      const disk = (await mountedAt(guest, '/data')).replace(/p1$/, '')
      await guest.sh(`
        cat >/root/fault-strike <<'STRIKE'
disk=${disk}
while [ ! -e /run/provision/lock/process ]; do sleep 0.05; done
${strike}
STRIKE
        setsid bash /root/fault-strike >/root/fault.log 2>&1 </dev/null &`)
    }
  })

  describe('two runs at once', () => {
    it('one is done, the other finds the host locked and says by whom: exit 5', async () => {
      await fresh()
      const [one, other] = await Promise.all([
        provision('apply', declared, '-y', '--json'),
        provision('apply', declared, '-y', '--json'),
      ])
      const codes = [one.code, other.code].sort()
      assert.ok(codes[0] === 0, `${one.stderr}\n${other.stderr}`)
      const loser = one.code === 0 ? other : one
      // Whoever came later met the lock, or a host that had changed by then.
      assert.ok([3, 5].includes(loser.code), `${loser.code} ${loser.stdout}${loser.stderr}`)
      if (loser.code === 5) assert.match(loser.stdout, /"lock_holder": "run .* by .* since /)
      await isAsDeclared()
      await comesBack()
    })

    it('one waits for the other with --lock-timeout, and then finds that the host has changed', async () => {
      await fresh()
      const runs = await Promise.all([
        provision('apply', declared, '-y', '--json', '--lock-timeout', '300'),
        provision('apply', declared, '-y', '--json', '--lock-timeout', '300'),
      ])
      const outcomes = runs.map((ran) => hostIn(ran).outcome).sort()
      assert.deepEqual(outcomes, ['applied', 'stale'], runs.map(({ stderr }) => stderr).join('\n'))
      await isAsDeclared()
      await comesBack()
    })
  })

  it('rollback takes a run back, with the mount and its files', async () => {
    await fresh()
    await endsAsSaid(await provision('apply', declared, '-y', '--json'))
    const back = await provision('rollback', await runId(), '-y')
    assert.equal(back.code, 0, back.stdout + back.stderr)
    assert.match(back.stdout, /in SPDK's hands/)
    await isAsBefore()
    const again = await provision('rollback', await runId(), '-y')
    assert.equal(again.code, 0)
    assert.match(again.stdout, /Nothing to take back/)
  })

  it('rollback says of a drive that was written to that it was, and does not call that success', async () => {
    await fresh()
    await endsAsSaid(await provision('apply', declared, '-y', '--json'))
    // As SPDK would: behind the back of the kernel's filesystem.
    await guest.sh(`
      echo ${bdf} >/sys/bus/pci/drivers/vfio-pci/unbind; echo >/sys/bus/pci/devices/${bdf}/driver_override
      echo ${bdf} >/sys/bus/pci/drivers/nvme/bind; sleep 1; udevadm settle
      disk=/dev/$(ls /sys/bus/pci/devices/${bdf}/nvme/*/ | grep '^nvme.*n1$')
      printf SPDKBLOB | dd of="$disk" conv=notrunc; dd if=/dev/zero of="$disk" bs=1M seek=1 count=4 conv=notrunc; sync
      echo vfio-pci >/sys/bus/pci/devices/${bdf}/driver_override
      echo ${bdf} >/sys/bus/pci/drivers/nvme/unbind; echo ${bdf} >/sys/bus/pci/drivers/vfio-pci/bind`)
    const back = await provision('rollback', await runId(), '-y', '--json')
    assert.equal(back.code, 2, back.stdout + back.stderr)
    assert.match(back.stdout, /was written to/)
    assert.equal((await drives(guest)).find((one) => one.bdf === bdf)?.driver, 'nvme')
  })

  describe('the power fails', () => {
    const STEPS = 8
    for (let step = 1; step <= STEPS; step += 1) {
      it(`after step ${step}: after the boot, resume brings the host to where it was declared`, async () => {
        await fresh()
        let killed: Promise<void> | undefined
        const ran = await provisionWatched(['apply', declared, '-y', '--json', '-v'], (stderr) => {
          if (killed === undefined && stepsDone(stderr) >= step) killed = guest.kill()
        })
        await (killed ?? assert.fail(`step ${step} was not seen\n${ran.stderr}`))
        assert.notEqual(ran.code, 0, ran.stdout)
        await guest.boot()
        bdf = (await bdfs(guest)).get(FIRST) ?? bdf
        neighbours = (await drives(guest)).filter((one) => one.bdf !== bdf)
        const resumed = await provision('resume', await runId(), '--json')
        assert.equal(hostIn(resumed).outcome, 'applied', resumed.stdout + resumed.stderr)
        await endsAsSaid(resumed)
        await comesBack()
      })
    }
  })
})

import assert from 'node:assert/strict'
import type { StepAction } from '../../src/plan/step.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { seen } from '../../src/probe/fact.ts'
import type { HandOver, HostFacts } from '../../src/probe/facts.ts'
import { driveIn, endedAs, LabAgent, loadVfio, recordOf, toKernel, toVfio } from './agent-run.ts'
import { bdfBySerial, blockDevice, checksum, driverOf, nvmeVersionViaVfio, wipeDrives } from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { until } from './until.ts'

const fresh = async (guest: Guest) => {
  await wipeDrives(guest)
  await guest.sh('rm -rf /var/lib/provision /run/provision')
}

/** What the drive itself answers through VFIO, or why it cannot be reached. */
async function version(guest: Guest, bdf: string, user: 'root' | 'spdk' = 'root'): Promise<string> {
  const answer = await nvmeVersionViaVfio(guest, bdf, { user })
  return 'version' in answer ? answer.version : answer.failure
}

describe('the agent, step by step on a real kernel', () => {
  let guest: Guest
  let agent: LabAgent

  before(async () => {
    guest = await sharedGuest('standard')
    await fresh(guest)
    agent = await LabAgent.to(guest)
  })
  after(async () => {
    await agent.close()
    await fresh(guest)
  })

  describe('a drive with a filesystem and swap in use', () => {
    const at = "'/srv/da ta'"
    const place = { nsid: 1, partition: 1, target: '/srv/da ta', fstype: 'ext4', root: '/' }
    const swap = { nsid: 1, partition: 2, priority: 7 }
    let bdf: string
    let start: HostFacts
    let record: HandOver
    let sums: string
    let away: StepAction[]

    before(async () => {
      bdf = await bdfBySerial(guest, 'LAB0001')
      const disk = await blockDevice(guest, 'LAB0001')
      await guest.sh(`
        printf 'label: gpt\\n,200M\\n,100M,S\\n' | sfdisk -q ${disk}; udevadm settle
        mkfs.ext4 -q ${disk}p1; mkswap -q ${disk}p2; udevadm settle
        mkdir -p ${at}; mount -o noatime,nosuid ${disk}p1 ${at}; swapon -p 7 ${disk}p2
        head -c 3000000 /dev/urandom >${at}/random.bin`)
      sums = await checksum(guest, at)
      start = await agent.facts()
      const options = seen(start.mounts)?.find((mount) => mount.target === place.target)?.options ?? ''
      record = recordOf(driveIn(start, bdf), { mounts: [{ ...place, options }], swaps: [swap] })
      away = [
        ...loadVfio.filter((one) => one.kind === 'module' && seen(start.modules[one.module]) !== 'loaded'),
        { kind: 'hugepages', sizeKiB: 2048, node: 1, from: 0, to: 16 },
        { kind: 'swapoff', bdf, ...swap },
        { kind: 'umount', bdf, ...place, options },
        ...toVfio(record),
      ]
    })

    it('is taken down and handed over, and the host is as predicted', async () => {
      endedAs(await agent.run(away), 'applied', predict(start, away))
      assert.match(await version(guest, bdf), /^1\.4/)
    })

    it('gives its group to another user, who can then drive it', async () => {
      const before = await agent.facts()
      const group = seen(driveIn(before, bdf).iommuGroup) ?? assert.fail('no group')
      const give: StepAction[] = [{ kind: 'owner', bdf, group, from: 'root:root', to: 'spdk:spdk' }]
      endedAs(await agent.run(give), 'applied', predict(before, give))
      assert.match(await version(guest, bdf, 'spdk'), /^1\.4/)
    })

    it('comes back with its files, its mount options and its swap', async () => {
      const before = await agent.facts()
      const [mount] = record.mounts
      assert.ok(mount)
      const forget = toKernel(record).slice(-1)
      const back: StepAction[] = [
        ...toKernel(record).slice(0, -1),
        { kind: 'mount', bdf, ...mount },
        { kind: 'swapon', bdf, ...swap },
        ...forget,
        { kind: 'hugepages', sizeKiB: 2048, node: 1, from: 16, to: 0 },
      ]
      endedAs(await agent.run(back), 'applied', predict(before, back))
      assert.equal(await checksum(guest, at), sums)
    })

    it('is brought back by the host itself when a later step fails: memory for hugepages is short', async () => {
      const before = await agent.facts()
      const needed = away.filter(({ kind }) => kind !== 'module')
      const run = await agent.run([
        ...needed,
        { kind: 'hugepages', sizeKiB: 2048, node: 0, from: 0, to: 99_999 },
      ])
      endedAs(run, 'rolled_back', before)
      assert.ok(run.result.outcome === 'rolled_back')
      assert.match(run.result.failed.message, /asked for 99999 pages .* on node 0, got \d+, \d+ of them free/)
      assert.equal(await checksum(guest, at), sums)
    })

    it('is finished by the host alone when the connection goes in the middle', async () => {
      const before = await agent.facts()
      const needed = away.filter(({ kind }) => kind !== 'module')
      const cut = await agent.run(needed, {
        run: 'cut',
        onTold: (line) => line.includes('begin umount') && agent.connection.close(),
      })
      assert.equal(cut.result.outcome, 'lost')
      await until(
        async () =>
          (await guest.sh('tail -n 1 /var/lib/provision/runs/cut/journal')).includes('outcome') || undefined,
        { what: 'the journal has an outcome', deadlineMs: 300_000, everyMs: 1000 },
      )
      assert.match(
        await guest.sh('tail -n 1 /var/lib/provision/runs/cut/journal'),
        /^run\toutcome\t=\tapplied$/,
      )
      await guest.sh('! [ -e /run/provision/lock ]')
      await agent.reconnect()
      const now = await agent.facts()
      assert.deepEqual(driveIn(now, bdf), driveIn(predict(before, needed), bdf))
      const { result } = await agent.run(toKernel(record))
      assert.equal(result.outcome, 'applied')
    })
  })

  describe('what is bound by more than itself', () => {
    // A bridge counts too while a driver has it that does DMA of its own, as shpchp may; pcieport does not.
    const bridge = (word: 'bind' | 'unbind') =>
      guest.sh(`
      for bridge in $(cat /run/lab-bridges 2>/dev/null || ls /sys/bus/pci/drivers/shpchp | grep :); do
        echo $bridge >>/run/lab-bridges.new; echo $bridge >/sys/bus/pci/drivers/shpchp/${word}
      done
      mv /run/lab-bridges.new /run/lab-bridges`)

    it('two drives of one IOMMU group move one after the other, and only then the group is usable', async () => {
      await bridge('unbind')
      const start = await agent.facts()
      const records = await Promise.all(
        ['LAB0005', 'LAB0006'].map(async (serial) =>
          recordOf(driveIn(start, await bdfBySerial(guest, serial))),
        ),
      )
      const [first, second] = records
      assert.ok(first && second)
      const away = toVfio(first)
      endedAs(await agent.run(away), 'applied', predict(start, away))
      assert.match(await version(guest, first.drive.bdf), /not viable/)
      const both = toVfio(second)
      endedAs(await agent.run(both), 'applied', predict(start, [...away, ...both]))
      assert.match(await version(guest, first.drive.bdf), /^1\.4/)
      endedAs(await agent.run([...toKernel(second), ...toKernel(first)]), 'applied', start)
      await bridge('bind')
    })

    it('a drive with two namespaces is back when both are', async () => {
      const start = await agent.facts()
      const record = recordOf(driveIn(start, await bdfBySerial(guest, 'LAB0007')))
      assert.equal(record.drive.namespaces.length, 2)
      endedAs(await agent.run([...toVfio(record), ...toKernel(record)]), 'applied', start)
    })
  })

  describe('unbind is refused right before the write', () => {
    let bdf: string
    let record: HandOver
    const cases = [
      {
        because: 'a partition is mounted',
        make: (disk: string) => `mkfs.ext4 -q -F ${disk}; mount ${disk} /mnt`,
        undo: 'umount /mnt',
        says: /is mounted on \/mnt$/,
      },
      {
        because: 'it is mounted in another mount namespace only',
        make: (disk: string) =>
          `unshare -m sh -c 'mount ${disk} /mnt; touch /run/lab-up; exec sleep 900' >/dev/null 2>&1 & while ! [ -e /run/lab-up ]; do sleep 0.2; done`,
        undo: 'rm /run/lab-up; pkill -x sleep; while pgrep -x sleep; do sleep 0.2; done',
        says: /is mounted on \/mnt in the mount namespace of PID \d+$/,
      },
      {
        because: 'it was unmounted lazily and is still in use',
        make: (disk: string) =>
          `mount ${disk} /mnt; (cd /mnt; exec sleep 900) >/dev/null 2>&1 & sleep 1; umount -l /mnt`,
        undo: 'pkill -x sleep; while pgrep -x sleep; do sleep 0.2; done',
        says: /the kernel still has a filesystem open/,
      },
      {
        because: 'device-mapper lies on it',
        make: (disk: string) => `echo '0 1000 linear ${disk} 0' | dmsetup create held`,
        undo: 'dmsetup remove --retry held',
        says: /is held by \/dev\/dm-\d+$/,
      },
      {
        because: 'a process has it open',
        make: (disk: string) => `sleep 900 <${disk} >/dev/null 2>&1 & sleep 1`,
        undo: 'pkill -x sleep; while pgrep -x sleep; do sleep 0.2; done',
        says: /^PID \d+ \(sleep\) has \/dev\/nvme\d+n1 open$/,
      },
      {
        because: 'it is used as swap',
        make: (disk: string) => `wipefs -qa ${disk}; mkswap -q ${disk}; swapon ${disk}`,
        undo: 'swapoff -a',
        says: /is used as swap$/,
      },
      {
        because: 'it was blank in the plan and no longer is',
        make: () => 'true',
        undo: 'true',
        says: /was blank in the plan and is no longer: .*swap/,
        blank: true,
      },
    ]

    const unbind = () => ({ kind: 'unbind', bdf, driver: 'nvme', serial: 'LAB0002' }) as const

    before(async () => {
      bdf = await bdfBySerial(guest, 'LAB0002')
      record = recordOf(driveIn(await agent.facts(), bdf))
    })

    for (const { because, make, undo, says, blank = false } of cases) {
      it(`because ${because}`, async () => {
        await guest.sh(make(await blockDevice(guest, 'LAB0002')))
        try {
          const { result, told } = await agent.run([{ ...unbind(), record: blank ? record : null }])
          assert.ok(result.outcome === 'rolled_back', told.join('\n'))
          assert.match(result.failed.message, says)
          assert.equal(await driverOf(guest, bdf), 'nvme')
        } finally {
          await guest.sh(undo)
        }
      })
    }

    it('because another drive answers there, already before the first step', async () => {
      const { result, told } = await agent.run(toVfio(record), {
        rechecks: [{ bdf, driver: 'nvme', serial: 'LAB9999' }],
      })
      assert.deepEqual(result, {
        outcome: 'refused',
        message: `the drive at ${bdf} has serial LAB0002, the plan saw LAB9999`,
      })
      assert.deepEqual(told, [])
    })

    it('because somebody drives it through vfio: that write would hang for ever', async () => {
      const group = seen(record.drive.iommuGroup)
      const other = recordOf({ ...record.drive, namespaces: [], record: { state: 'absent' } })
      const away: StepAction[] = [
        { ...unbind(), record: null },
        { kind: 'override', bdf, from: null, to: 'vfio-pci' },
        { kind: 'bind', bdf, driver: 'vfio-pci', record: other },
      ]
      assert.equal((await agent.run(away)).result.outcome, 'applied')
      await guest.sh(`sleep 900 <>/dev/vfio/${group} >/dev/null 2>&1 & sleep 1`)
      const { result } = await agent.run(toKernel(record).slice(1, 2))
      assert.ok(result.outcome === 'rolled_back')
      assert.match(result.failed.message, new RegExp(`^PID \\d+ \\(sleep\\) has /dev/vfio/${group} open$`))
      await guest.sh('pkill -x sleep; while pgrep -x sleep; do sleep 0.2; done')
      assert.equal((await agent.run(toKernel(record).slice(0, 4))).result.outcome, 'applied')
    })
  })

  describe('the lock', () => {
    const touch: StepAction[] = [{ kind: 'hugepages', sizeKiB: 2048, node: 0, from: 0, to: 0 }]
    const hold = (pid: string) => `
      mkdir -p /run/provision/lock; echo 'ann@laptop since noon' >/run/provision/lock/owner
      set -- $(cat /proc/1/stat)
      echo "${pid} \${22} $(cat /proc/sys/kernel/random/boot_id)" >/run/provision/lock/process`

    it('of a run that is at work is respected, and its holder is named', async () => {
      await guest.sh(hold('1'))
      const { result } = await agent.run(touch)
      assert.deepEqual(result, { outcome: 'locked', holder: 'ann@laptop since noon (process 1 on the host)' })
    })

    it('of a run that is gone is taken over, and said so', async () => {
      await guest.sh(hold('99999'))
      const { result, told } = await agent.run(touch)
      assert.equal(result.outcome, 'applied')
      assert.match(told[0] ?? '', /^taken over from a run that is gone: ann@laptop/)
      await guest.sh('! [ -e /run/provision/lock ]')
    })
  })

  it('goes on when the disk under its journal fills up', async () => {
    await guest.sh('mkdir -p /run/provision; mount -t tmpfs -o size=32k none /run/provision')
    try {
      const run = await agent.run(
        [
          { kind: 'hugepages', sizeKiB: 2048, node: 0, from: 0, to: 4 },
          { kind: 'hugepages', sizeKiB: 2048, node: 0, from: 4, to: 0 },
          {
            kind: 'mount',
            bdf: await bdfBySerial(guest, 'LAB0003'),
            nsid: 1,
            partition: 0,
            target: '/mnt',
            fstype: 'ext4',
            options: 'rw',
            root: '/',
          },
        ],
        { onTold: () => void guest.ssh('dd if=/dev/zero of=/run/provision/fill bs=1k') },
      )
      assert.ok(run.result.outcome === 'rolled_back', run.told.join('\n'))
      assert.match(run.result.failed.message, /^mount: \/mnt: wrong fs type/)
      assert.deepEqual(run.result.undone, [3, 2, 1])
    } finally {
      await guest.sh('umount /run/provision')
    }
  })
})

describe('the agent, on a host without an IOMMU', () => {
  let guest: Guest
  let agent: LabAgent

  before(async () => {
    guest = await sharedGuest('no-iommu')
    await fresh(guest)
    agent = await LabAgent.to(guest)
  })
  after(() => agent.close())

  it('a bind that the kernel refuses leaves the drive on nvme again, and shows the true error', async () => {
    const bdf = await bdfBySerial(guest, 'LAB0101')
    await guest.sh('modprobe vfio-pci')
    const start = await agent.facts()
    const run = await agent.run(toVfio(recordOf(driveIn(start, bdf))))
    endedAs(run, 'rolled_back', start)
    assert.ok(run.result.outcome === 'rolled_back')
    assert.equal(
      run.result.failed.message,
      `\`echo ${bdf} > /sys/bus/pci/drivers/vfio-pci/bind\`: Invalid argument`,
    )
  })

  it('uio_pci_generic takes it, and it comes back', async () => {
    const bdf = await bdfBySerial(guest, 'LAB0101')
    await guest.sh('modprobe uio_pci_generic')
    const start = await agent.facts()
    const record = recordOf(driveIn(start, bdf))
    const away: StepAction[] = [
      { kind: 'override', bdf, from: null, to: 'uio_pci_generic' },
      { kind: 'unbind', bdf, driver: 'nvme', serial: 'LAB0101', record },
      { kind: 'bind', bdf, driver: 'uio_pci_generic', record },
    ]
    const run = await agent.run(away)
    assert.equal(run.result.outcome, 'applied', run.told.join('\n'))
    assert.equal(await driverOf(guest, bdf), 'uio_pci_generic')
    const back: StepAction[] = [
      { kind: 'override', bdf, from: 'uio_pci_generic', to: null },
      { kind: 'unbind', bdf, driver: 'uio_pci_generic', serial: null, record },
      ...toKernel(record).slice(2, 4),
    ]
    endedAs(await agent.run(back), 'applied', start)
  })
})

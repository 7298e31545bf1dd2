import assert from 'node:assert/strict'
import type { StepAction } from '../../src/plan/step.ts'
import { provision, type Ran } from '../support/captured.ts'
import { driveIn, LabAgent, recordOf, toKernel } from './agent-run.ts'
import {
  background,
  bdfs,
  bindByHand,
  blockDevice,
  checksum,
  dataOn,
  driverOf,
  end,
  mountedAt,
  vfioHolder,
  wipeDrives,
} from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { HostsFiles } from './hosts-yaml.ts'

function ended(ran: Ran, code: number): void {
  assert.equal(ran.code, code, `exit code ${ran.code}\n${ran.stdout}\n${ran.stderr}`)
}

/** What was printed, as one line: a page wraps where it will. */
const said = (ran: Ran) => ran.stdout.replaceAll(/\s+/g, ' ')

describe('who uses a drive right now, on a real kernel', () => {
  let guest: Guest
  let files: HostsFiles
  let agent: LabAgent
  let at: Map<string, string>
  let started: string[] = []
  const bdf = (serial: string) => at.get(serial) ?? assert.fail(`no drive ${serial}`)
  const run = async (command: string, ready?: string) => {
    const pid = await background(guest, command, ready)
    started.push(pid)
    return pid
  }
  const spdk = (serial: string, ...more: string[]) =>
    files.declare(`devices: { spdk: ["${bdf(serial)}"] }`, 'in_use: release', ...more)

  /** A plan that must be refused with this code, and say all of this. */
  async function refused(file: string, code: string, ...says: string[]): Promise<void> {
    const ran = await provision('plan', file)
    ended(ran, 3)
    for (const words of [code, ...says]) assert.ok(said(ran).includes(words), `no ${words} in\n${ran.stdout}`)
  }

  /** What the host itself says when it is told to take a drive from nvme in spite of all. */
  async function refusedByHost(serial: string, says: RegExp): Promise<void> {
    const facts = await agent.facts()
    const drive = driveIn(facts, bdf(serial))
    const record = recordOf(drive)
    const unbind: StepAction = { kind: 'unbind', bdf: drive.bdf, driver: 'nvme', serial: null, record }
    const { result, told } = await agent.run([unbind])
    assert.equal(result.outcome, 'rolled_back', told.join('\n'))
    assert.match(told.join('\n'), says)
    assert.equal(await driverOf(guest, drive.bdf), 'nvme')
  }

  before(async () => {
    guest = await sharedGuest('standard')
    files = await HostsFiles.for(guest)
    await wipeDrives(guest)
    await guest.sh('rm -rf /var/lib/provision /run/provision')
    agent = await LabAgent.to(guest)
    at = await bdfs(guest)
  })
  afterEach(async () => {
    await end(guest, ...started)
    started = []
    await guest.sh('umount -q /srv/xfs /data || :; losetup -D')
  })
  after(async () => {
    await agent.close()
    await files.remove()
    await wipeDrives(guest)
  })

  it('names who has mounted it in another mount namespace, where the host shows nothing', async () => {
    const { device } = await dataOn(guest, 'LAB0001', { mount: false })
    const pid = await run(
      `unshare -m --propagation private sh -c 'mount ${device} /mnt && exec sleep 100000'`,
      `[ "$(cat /proc/$pid/comm)" = sleep ]`,
    )
    assert.equal(await mountedAt(guest, '/mnt'), '')
    const file = await spdk('LAB0001')
    await refused(file, 'DEVICE_MOUNTED_ELSEWHERE', `PID ${pid} (sleep)`, `nsenter -t ${pid} -m umount /mnt`)
    await refusedByHost('LAB0001', new RegExp(`is mounted on /mnt in the mount namespace of PID ${pid}`))
    await guest.sh(`nsenter -t ${pid} -m umount /mnt; udevadm settle`)
    ended(await provision('plan', file), 0)
    await wipeDrives(guest)
  })

  it('takes down a mount that a service has a following copy of, and refuses a private copy', async () => {
    const { at: target } = await dataOn(guest, 'LAB0001')
    const sums = await checksum(guest, target)
    await guest.sh(
      'systemd-run -q --unit lab-private -p Type=exec -p PrivateTmp=yes -p ProtectHome=yes sleep 100000',
    )
    try {
      const pid = await guest.sh('systemctl show -p MainPID --value lab-private')
      await guest.sh(`
        [ "$(readlink /proc/${pid}/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]
        grep -q ' /data ' /proc/${pid}/mountinfo`)
      const file = await spdk('LAB0001')
      const holder = await run(
        'unshare -m --propagation private sleep 100000',
        '[ "$(cat /proc/$pid/comm)" = sleep ]',
      )
      await refused(file, 'DEVICE_MOUNTED_ELSEWHERE', `PID ${holder} (sleep)`)
      await end(guest, holder)
      ended(await provision('apply', file, '-y'), 0)
      assert.equal(await driverOf(guest, bdf('LAB0001')), 'vfio-pci')
      ended(await provision('release', file, '-y'), 0)
      assert.equal(await checksum(guest, target), sums)
    } finally {
      await guest.sh('systemctl stop lab-private')
    }
    await guest.sh('umount /data')
    await wipeDrives(guest)
  })

  it('names every process that has a node of it open', async () => {
    const disk = await blockDevice(guest, 'LAB0002')
    const char = disk.replace(/n\d+$/, '')
    const first = await run(
      `sh -c 'exec sleep 100000 <${disk} 3<${disk}'`,
      '[ "$(cat /proc/$pid/comm)" = sleep ]',
    )
    const second = await run(`sh -c 'exec sleep 100000 <${char}'`, '[ "$(cat /proc/$pid/comm)" = sleep ]')
    const file = await spdk('LAB0002')
    await refused(
      file,
      'DEVICE_OPEN',
      `PID ${first} (sleep) has ${disk} open`,
      `PID ${second} (sleep) has ${char} open`,
    )
    const status = JSON.parse((await provision('status', file, '--json')).stdout)
    const device = status.hosts[0].devices.find((one: { bdf: string }) => one.bdf === bdf('LAB0002'))
    assert.deepEqual(
      device.in_use.map(({ kind, source, detail }: Record<string, string>) => [kind, source, detail]).sort(),
      [
        ['open', char, `PID ${second} (sleep)`],
        ['open', disk, `PID ${first} (sleep)`],
      ].sort(),
    )
    await refusedByHost('LAB0002', new RegExp(`PID ${first} \\(sleep\\) has ${disk} open`))
    await end(guest, first, second)
    ended(await provision('plan', file), 0)
  })

  it('finds a node that somebody made elsewhere, as containers have them', async () => {
    const disk = await blockDevice(guest, 'LAB0002')
    await guest.sh(`mkdir -p /srv/box/dev; cp -a ${disk} /srv/box/dev/`)
    const node = `/srv/box${disk}`
    const pid = await run(`sh -c 'exec sleep 100000 <${node}'`, '[ "$(cat /proc/$pid/comm)" = sleep ]')
    await refused(await spdk('LAB0002'), 'DEVICE_OPEN', `PID ${pid} (sleep) has ${node} open`)
    await refusedByHost('LAB0002', new RegExp(`PID ${pid} \\(sleep\\) has ${node} open`))
    await guest.sh('rm -rf /srv/box')
  })

  it('sees what nvmet serves, and its remedy works', async () => {
    const disk = await blockDevice(guest, 'LAB0003')
    const link = await guest.sh(`
      modprobe nvmet
      mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
      set -- $(find -L /dev/disk/by-id -samefile ${disk})
      mkdir -p /sys/kernel/config/nvmet/subsystems/lab/namespaces/1
      cd /sys/kernel/config/nvmet/subsystems/lab/namespaces/1
      printf %s "$1" >device_path
      echo 1 >enable
      echo "$1"`)
    const file = await spdk('LAB0003')
    const enable = '/sys/kernel/config/nvmet/subsystems/lab/namespaces/1/enable'
    await refused(file, 'DEVICE_EXPORTED', link, `echo 0 > ${enable}`)
    await refusedByHost('LAB0003', /is exported by the kernel: .*device_path/)
    await guest.sh(`echo 0 > ${enable}`)
    ended(await provision('plan', file), 0)
    await guest.sh(
      'rmdir /sys/kernel/config/nvmet/subsystems/lab/namespaces/1 /sys/kernel/config/nvmet/subsystems/lab',
    )
  })

  it('names a file on it that is in use through a loop device', async () => {
    await dataOn(guest, 'LAB0001')
    const loop = await guest.sh('truncate -s 1M /data/disk.img; losetup -f --show /data/disk.img')
    const file = await spdk('LAB0001')
    await refused(file, 'LOOP_FILE', '/data/disk.img', `losetup -d ${loop}`)
    await guest.sh(`losetup -d ${loop}`)
    ended(await provision('plan', file), 0)
    await guest.sh('umount /data')
    await wipeDrives(guest)
  })

  it('knows the log device of an XFS that is mounted from another drive', async () => {
    const [data, log] = [await blockDevice(guest, 'LAB0001'), await blockDevice(guest, 'LAB0002')]
    await guest.sh(`
      mkfs.xfs -q -f -l logdev=${log},size=64m ${data}; udevadm settle
      set -- $(find -L /dev/disk/by-id -samefile ${log})
      mkdir -p /srv/xfs
      mount -o "logdev=$1" ${data} /srv/xfs`)
    const file = await spdk('LAB0002')
    await refused(file, 'DEVICE_MOUNT_PART', 'is the logdev of the filesystem mounted at /srv/xfs')
    await refusedByHost('LAB0002', /is the log or realtime device of what is mounted on \/srv\/xfs/)
    await guest.sh('umount /srv/xfs')
    await wipeDrives(guest)
  })

  describe('a drive on vfio-pci that somebody drives', () => {
    let kernel: string
    let holder: string

    before(async () => {
      kernel = await files.declare(`devices: { kernel: ["${bdf('LAB0004')}"] }`)
      await bindByHand(guest, bdf('LAB0004'), 'vfio-pci')
      holder = await vfioHolder(guest, bdf('LAB0004'))
    })

    // Also when something failed: nothing can be wiped while an unbind hangs.
    after(() => end(guest, holder))

    for (const state of ['alive', 'stopped'] as const) {
      it(`is not given back while they are ${state}, and the host goes on`, async () => {
        if (state === 'stopped') await guest.sh(`kill -STOP ${holder}`)
        for (const command of ['plan', 'apply'])
          ended(await provision(command, kernel, ...(command === 'apply' ? ['-y'] : [])), 3)
        await refused(kernel, 'VFIO_HELD', `PID ${holder} (python3) has /dev/vfio/`, `kill ${holder}`)
        const record = recordOf(driveIn(await agent.facts(), bdf('LAB0004')))
        const unbind = toKernel(record).filter(({ kind }) => kind === 'unbind')
        const { result, told } = await agent.run(unbind)
        assert.equal(result.outcome, 'rolled_back', told.join('\n'))
        assert.match(told.join('\n'), new RegExp(`PID ${holder} \\(python3\\) has /dev/vfio/\\d+ open`))
        assert.equal(await driverOf(guest, bdf('LAB0004')), 'vfio-pci')
      })
    }

    it('may stay with them', async () => {
      const file = await files.declare(`devices: { spdk: ["${bdf('LAB0004')}"] }`)
      ended(await provision('plan', file), 0)
    })

    // The last one: from here on the guest is not well.
    it('that an unbind hangs on is named within seconds, and the other drives are none the worse', async () => {
      const path = `/sys/bus/pci/devices/${bdf('LAB0004')}`
      await guest.sh(`
        setsid sh -c 'echo ${bdf('LAB0004')} >/sys/bus/pci/drivers/vfio-pci/unbind' </dev/null >/dev/null 2>&1 &
        i=0
        while [ -e ${path}/driver ]; do i=$((i + 1)); [ $i -lt 150 ] || exit 1; sleep 0.2; done`)
      const begun = Date.now()
      await refused(
        kernel,
        'OVERRIDE_UNREADABLE',
        `PID ${holder} (python3) has /dev/vfio/`,
        `kill -9 ${holder}`,
      )
      const seconds = (Date.now() - begun) / 1000
      console.error(`lab: a plan on a host with a hung unbind took ${seconds.toFixed(1)} s`)
      assert.ok(seconds < 60, `${seconds} s`)
      const other = await provision('plan', await spdk('LAB0002'), '--detailed-exitcode')
      ended(other, 2)
      // What the remedy says is true: the unbind ends, and the drive can be had again.
      await end(guest, holder)
      await guest.sh(`timeout 60 cat ${path}/driver_override`)
      ended(await provision('apply', kernel, '-y'), 0)
      assert.equal(await driverOf(guest, bdf('LAB0004')), 'nvme')
    })
  })
})

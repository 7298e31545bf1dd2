import assert from 'node:assert/strict'
import { provision, type Ran } from '../support/captured.ts'
import {
  bdfs,
  checksum,
  type DriveState,
  dataOn,
  drives,
  hugepages,
  mountedAt,
  nvmeVersionViaVfio,
  setHugepages,
  swapOn,
  wipeDrives,
} from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { HostsFiles } from './hosts-yaml.ts'

/** Everything the run printed belongs to the message: a lab failure cannot be repeated at a glance. */
function ended(ran: Ran, code: number): void {
  assert.equal(ran.code, code, `exit code ${ran.code}\n${ran.stdout}\n${ran.stderr}`)
}

async function fresh(guest: Guest): Promise<void> {
  await wipeDrives(guest)
  await guest.sh('rm -rf /var/lib/provision /run/provision; umount -q /data /srv/lvm || :')
}

/** Drivers of all drives but these: what a run must not have touched. */
async function neighbours(guest: Guest, touched: string[]): Promise<DriveState[]> {
  return (await drives(guest)).filter(({ bdf }) => !touched.includes(bdf))
}

describe('the main job, on a host with an IOMMU', () => {
  let guest: Guest
  let files: HostsFiles
  let at: Map<string, string>
  const bdf = (serial: string) => at.get(serial) ?? assert.fail(`no drive ${serial}`)

  before(async () => {
    guest = await sharedGuest('standard')
    files = await HostsFiles.for(guest)
    await fresh(guest)
    at = await bdfs(guest)
  })
  after(() => files.remove())

  describe('a drive mounted at /data', () => {
    let sums: string
    let others: DriveState[]
    let refusing: string
    let releasing: string

    before(async () => {
      await dataOn(guest, 'LAB0001', { partitioned: true })
      sums = await checksum(guest, '/data')
      others = await neighbours(guest, [bdf('LAB0001')])
      const claim = `devices: { spdk: [{ bdf: "${bdf('LAB0001')}", serial: LAB0001 }] }`
      refusing = await files.declare(claim)
      releasing = await files.declare(claim, 'in_use: release', 'hugepages: { 2M: { node0: 16, node1: 24 } }')
    })

    it('is refused, with what is mounted where, and nothing is touched', async () => {
      for (const command of [
        ['plan', refusing],
        ['apply', refusing, '-y'],
      ]) {
        const ran = await provision(...command)
        ended(ran, 3)
        assert.match(ran.stdout, /DEVICE_MOUNTED/)
        assert.match(ran.stdout, /\/data/)
      }
      assert.match(await mountedAt(guest, '/data'), /nvme/)
      assert.deepEqual(await neighbours(guest, [bdf('LAB0001')]), others)
    })

    it('is unmounted and handed over when it may be released, after the hugepages', async () => {
      const ran = await provision('apply', releasing, '-y', '--json')
      ended(ran, 0)
      const [host] = JSON.parse(ran.stdout).hosts
      assert.equal(host.outcome, 'applied')
      const kinds = host.steps.map(({ kind }: { kind: string }) => kind)
      assert.ok(kinds.indexOf('hugepages') < kinds.indexOf('umount'))
      assert.ok(kinds.indexOf('umount') < kinds.indexOf('unbind'))
    })

    it('is really usable from user space then', async () => {
      const answer = await nvmeVersionViaVfio(guest, bdf('LAB0001'))
      assert.ok('version' in answer, JSON.stringify(answer))
      assert.match(answer.version, /1\.4/)
      const untouched = await nvmeVersionViaVfio(guest, bdf('LAB0002'))
      assert.ok('failure' in untouched, JSON.stringify(untouched))
    })

    it('has left every neighbour as it was, and the hugepages per node as declared', async () => {
      assert.deepEqual(await neighbours(guest, [bdf('LAB0001')]), others)
      assert.deepEqual([await hugepages(guest, 0), await hugepages(guest, 1)], [16, 24])
    })

    it('needs nothing more: a second apply changes nothing and says so, and verify agrees', async () => {
      const again = await provision('apply', releasing, '-y')
      ended(again, 0)
      assert.match(again.stdout, /No changes/)
      ended(await provision('verify', releasing), 0)
      ended(await provision('plan', releasing, '--detailed-exitcode'), 0)
    })

    it('shows as drift for one who declares it for the kernel', async () => {
      const kernel = await files.declare(`devices: { kernel: ["${bdf('LAB0001')}"] }`)
      ended(await provision('verify', kernel), 2)
    })

    it('comes back with its mount and its files by release', async () => {
      const ran = await provision('release', releasing, '-y', '--json')
      ended(ran, 0)
      assert.equal(JSON.parse(ran.stdout).hosts[0].outcome, 'applied')
      assert.equal(await checksum(guest, '/data'), sums)
      assert.deepEqual(await neighbours(guest, [bdf('LAB0001')]), others)
      const again = await provision('release', releasing, '-y')
      ended(again, 0)
      assert.match(again.stdout, /No changes/)
    })

    it('is refused as a system drive is not: swap in use is named as swap', async () => {
      await fresh(guest)
      await swapOn(guest, 'LAB0001')
      const ran = await provision('plan', refusing)
      ended(ran, 3)
      assert.match(ran.stdout, /DEVICE_SWAP/)
      ended(await provision('apply', releasing, '-y'), 0)
      assert.equal(await guest.sh('tail -n +2 /proc/swaps'), '')
      ended(await provision('release', releasing, '-y'), 0)
      assert.match(await guest.sh('tail -n +2 /proc/swaps'), /nvme/)
      await fresh(guest)
    })
  })

  it('hands over two drives of one IOMMU group together, and refuses one alone', async () => {
    const pair = [bdf('LAB0005'), bdf('LAB0006')]
    const one = await provision('plan', await files.declare(`devices: { spdk: ["${pair[0]}"] }`))
    ended(one, 3)
    assert.match(one.stdout, /GROUP_NOT_VIABLE/)
    assert.ok(one.stdout.includes(pair[1] ?? ''))
    const both = await files.declare(`devices: { spdk: ["${pair[0]}", "${pair[1]}"] }`)
    // The bridge above them is on the hot-plug driver shpchp, which keeps the group shut: the remedy opens it.
    const shut = await provision('plan', both)
    ended(shut, 3)
    const [remedy] =
      /echo \S+ > \/sys\/bus\/pci\/drivers\/shpchp\/unbind/.exec(shut.stdout.replaceAll(/\s+/g, ' ')) ?? []
    await guest.sh(remedy ?? assert.fail(`no remedy for the bridge\n${shut.stdout}`))
    ended(await provision('apply', both, '-y'), 0)
    const answer = await nvmeVersionViaVfio(guest, pair[0] ?? '')
    assert.ok('version' in answer, JSON.stringify(answer))
    ended(await provision('release', both, '-y'), 0)
  })

  it('hands over a drive with two namespaces and waits for both on the way back', async () => {
    const file = await files.declare(`devices: { spdk: ["${bdf('LAB0007')}"] }`)
    ended(await provision('apply', file, '-y'), 0)
    ended(await provision('release', file, '-y'), 0)
    const status = JSON.parse((await provision('status', file, '--json')).stdout)
    const device = status.hosts[0].devices.find((one: { bdf: string }) => one.bdf === bdf('LAB0007'))
    assert.equal(device.block_devices.length, 2)
  })

  it('refuses a drive whose serial is not the declared one', async () => {
    const file = await files.declare(`devices: { spdk: [{ bdf: "${bdf('LAB0002')}", serial: LAB0003 }] }`)
    const ran = await provision('apply', file, '-y')
    ended(ran, 3)
    assert.match(ran.stdout, /SERIAL_MISMATCH/)
    assert.ok(ran.stdout.includes(bdf('LAB0003')), 'it says where the declared serial is')
  })

  it('gives /dev/vfio/<group> to the declared owner, who can then use the drive', async () => {
    const file = await files.declare(`devices: { spdk: ["${bdf('LAB0002')}"] }`, 'owner: spdk')
    ended(await provision('apply', file, '-y'), 0)
    const answer = await nvmeVersionViaVfio(guest, bdf('LAB0002'), { user: 'spdk' })
    assert.ok('version' in answer, JSON.stringify(answer))
    ended(await provision('release', file, '-y'), 0)
  })

  it('says what was asked and got when memory is short, and leaves the drives where they were', async () => {
    // The planner refuses what no memory can hold; what looks possible and is not, only the host can tell.
    const impossible = await files.declare(
      `devices: { spdk: ["${bdf('LAB0002')}"] }`,
      'hugepages: { 2M: { node1: 100000 } }',
    )
    const refused = await provision('apply', impossible, '-y')
    ended(refused, 3)
    assert.match(refused.stdout, /HUGEPAGES_TOO_MANY/)

    const before = await drives(guest)
    const pages = Math.floor((512 * 0.97) / 2)
    const short = await files.declare(
      `devices: { spdk: ["${bdf('LAB0002')}"] }`,
      `hugepages: { 2M: { node1: ${pages} } }`,
    )
    const ran = await provision('apply', short, '-y', '--json')
    ended(ran, 2)
    const [host] = JSON.parse(ran.stdout).hosts
    assert.equal(host.outcome, 'rolled_back')
    assert.match(JSON.stringify(host), new RegExp(`${pages}.*node1|node1.*${pages}`))
    assert.deepEqual(await drives(guest), before)
    assert.equal(await hugepages(guest, 1), 0)
    await setHugepages(guest, 1, 0)
  })

  it('sees a filesystem that is mounted through a loop device, also where the drive may be released', async () => {
    const { disk } = await dataOn(guest, 'LAB0003', { at: '/srv/loop', mount: false })
    await guest.sh(`mount "$(losetup -f --show ${disk})" /srv/loop`)
    try {
      const file = await files.declare(`devices: { spdk: ["${bdf('LAB0003')}"] }`, 'in_use: release')
      const ran = await provision('apply', file, '-y')
      ended(ran, 3)
      assert.match(ran.stdout, /DEVICE_HELD/)
      assert.match(ran.stdout, /loop device loop\d/)
    } finally {
      await guest.sh(`umount /srv/loop; losetup -D; wipefs -q -a ${disk}`)
    }
  })

  it('plans the totals of a host over its nodes', async () => {
    const file = await files.declare('hugepages: { 2M: 30 }')
    ended(await provision('apply', file, '-y'), 0)
    assert.equal((await hugepages(guest, 0)) + (await hugepages(guest, 1)), 30)
    ended(await provision('verify', file), 0)
    ended(await provision('apply', await files.declare('hugepages: { 2M: 0 }'), '-y'), 0)
  })

  it('refuses a saved plan whose drive was pulled out in between, and names it', async () => {
    const file = await files.declare(`devices: { spdk: ["${bdf('LAB0004')}", "${bdf('LAB0003')}"] }`)
    const saved = files.path('plan.json')
    ended(await provision('plan', file, '-o', saved), 0)
    const before = await neighbours(guest, [bdf('LAB0004')])
    await guest.deviceDel('LAB0004')
    const ran = await provision('apply', saved)
    ended(ran, 3)
    assert.ok(
      ran.stdout.replaceAll(/\s+/g, ' ').includes(`${bdf('LAB0004')} driver: was nvme, is none`),
      ran.stdout,
    )
    assert.deepEqual(await neighbours(guest, [bdf('LAB0004')]), before)
    await guest.deviceAdd('LAB0004')
    ended(await provision('apply', saved), 0)
    ended(await provision('release', file, '-y'), 0)
  })
})

describe('the main job, on a host without an IOMMU', () => {
  let guest: Guest
  let files: HostsFiles
  let at: Map<string, string>

  before(async () => {
    guest = await sharedGuest('no-iommu')
    files = await HostsFiles.for(guest)
    await fresh(guest)
    at = await bdfs(guest)
  })
  after(() => files.remove())

  it('refuses vfio-pci, and says why it would leave the drive without a driver', async () => {
    const file = await files.declare(`devices: { spdk: ["${at.get('LAB0101')}"] }`, 'driver: vfio-pci')
    const ran = await provision('plan', file)
    ended(ran, 3)
    assert.match(ran.stdout, /NO_IOMMU/)
  })

  it('hands over by uio_pci_generic, chosen by itself, and takes back', async () => {
    const before = await drives(guest)
    const file = await files.declare(`devices: { spdk: ["${at.get('LAB0101')}"] }`)
    ended(await provision('apply', file, '-y'), 0)
    const [moved] = (await drives(guest)).filter(({ bdf }) => bdf === at.get('LAB0101'))
    assert.equal(moved?.driver, 'uio_pci_generic')
    ended(await provision('apply', file, '-y'), 0)
    ended(await provision('release', file, '-y'), 0)
    assert.deepEqual(await drives(guest), before)
  })
})

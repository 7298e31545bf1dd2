import assert from 'node:assert/strict'
import {
  bdfBySerial,
  bdfs,
  bindByHand,
  blockDevice,
  blockDevices,
  checksum,
  checksumUnmounted,
  type DriveState,
  dataOn,
  driverOf,
  drives,
  hugepages,
  luksOn,
  lvmOn,
  mirrorOn,
  mountedAt,
  nvmeVersionViaVfio,
  setHugepages,
  swapOn,
  wipeDrives,
} from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'

const byBdf = (a: readonly string[], b: readonly string[]) => (a[1] ?? '').localeCompare(b[1] ?? '')

/** Proves the lab itself: what the scenarios take for granted is true of these guests. */
describe('lab: the standard guest', () => {
  let guest: Guest
  let at: Map<string, string>
  const stateOf = async (serial: string): Promise<DriveState> => {
    const state = (await drives(guest)).find(({ bdf }) => bdf === at.get(serial))
    assert.ok(state, `${serial} is in sysfs`)
    return state
  }

  before(async () => {
    guest = await sharedGuest('standard')
    await wipeDrives(guest)
    at = await bdfs(guest)
  })

  it('says who it is', async () => {
    assert.equal(await guest.sh('cat /etc/machine-id'), guest.machineId)
    assert.equal(await guest.sh('hostname'), 'standard')
    const whoami = (await guest.ssh('sudo -n id -un', { user: 'ops' })).stdout.trim()
    assert.equal(whoami, 'root')
    assert.notEqual((await guest.ssh('sudo -n true', { user: 'opspw' })).code, 0)
  })

  it('has every drive on nvme, with the serials that were asked for', async () => {
    assert.equal(at.size, guest.spec.drives.length)
    assert.deepEqual([...new Set((await drives(guest)).map(({ driver }) => driver))], ['nvme'])
    const seen = await guest.sh('cd /sys/bus/pci/devices; grep -H . */nvme/nvme*/serial')
    const found = seen.split('\n').map((line) => /^([^/]+).*:(\S+)/.exec(line)?.slice(1) ?? [])
    assert.deepEqual(new Map(found.map(([bdf, serial]) => [serial, bdf])), new Map([...at].sort(byBdf)))
  })

  it('has NUMA nodes 0 and 1 with drives on each', async () => {
    assert.equal((await stateOf('LAB0001')).node, 0)
    assert.equal((await stateOf('LAB0003')).node, 1)
    assert.equal(await guest.sh('cat /sys/devices/system/node/online'), '0-1')
  })

  it('gives each drive an IOMMU group of its own, but for the two behind one bridge', async () => {
    const groups = (await drives(guest)).map(({ group }) => group)
    assert.ok(!groups.includes('none'))
    assert.equal((await stateOf('LAB0005')).group, (await stateOf('LAB0006')).group)
    assert.equal(new Set(groups).size, groups.length - 1)
  })

  it('has one controller with two namespaces', async () => {
    const found = await blockDevices(guest, 'LAB0007')
    assert.equal(found.length, 2)
  })

  it('hands a drive to user space, and only then can user space read it', async () => {
    const bdf = await bdfBySerial(guest, 'LAB0002')
    const before = await nvmeVersionViaVfio(guest, bdf)
    assert.ok('failure' in before, JSON.stringify(before))
    await bindByHand(guest, bdf, 'vfio-pci')
    const after = await nvmeVersionViaVfio(guest, bdf)
    assert.deepEqual(after, { version: '1.4.0' })
    const stranger = await nvmeVersionViaVfio(guest, bdf, { user: 'spdk' })
    assert.ok(
      'failure' in stranger && stranger.failure.includes('Permission denied'),
      JSON.stringify(stranger),
    )
    await bindByHand(guest, bdf, 'nvme')
    await blockDevice(guest, 'LAB0002')
  })

  it('calls a shared group not viable while one member is with the kernel', async () => {
    const bdf = await bdfBySerial(guest, 'LAB0005')
    await bindByHand(guest, bdf, 'vfio-pci')
    const answer = await nvmeVersionViaVfio(guest, bdf)
    assert.ok('failure' in answer && answer.failure.includes('not viable'), JSON.stringify(answer))
  })

  it('reserves hugepages for each node, and runs short of them', async () => {
    assert.equal(await setHugepages(guest, 0, 24), 24)
    assert.equal(await setHugepages(guest, 1, 8), 8)
    assert.equal(await hugepages(guest, 0), 24)
    const got = await setHugepages(guest, 1, 100_000)
    assert.ok(got > 8 && got < 300, String(got))
  })

  it('keeps files over unmount and hand-over', async () => {
    const { device, at: folder } = await dataOn(guest, 'LAB0001', { partitioned: true })
    const sum = await checksum(guest, folder)
    assert.equal(await mountedAt(guest, folder), device)
    await guest.sh(`umount ${folder}`)
    const bdf = await bdfBySerial(guest, 'LAB0001')
    await bindByHand(guest, bdf, 'vfio-pci')
    await bindByHand(guest, bdf, 'nvme')
    const disk = await blockDevice(guest, 'LAB0001')
    assert.equal(await checksumUnmounted(guest, `${disk}p1`), sum)
  })

  it('wipes stacks of every kind', async () => {
    await dataOn(guest, 'LAB0002', { type: 'xfs', at: '/srv/xfs' })
    await swapOn(guest, 'LAB0003')
    await lvmOn(guest, 'LAB0004')
    await wipeDrives(guest)
    await luksOn(guest, 'LAB0002')
    await mirrorOn(guest, 'LAB0003', 'LAB0004')
    await wipeDrives(guest)
  })

  it('loses a drive that is pulled out, and gets it back', async () => {
    const bdf = await bdfBySerial(guest, 'LAB0004')
    await guest.deviceDel('LAB0004')
    assert.equal(await driverOf(guest, bdf), 'absent')
    await guest.deviceAdd('LAB0004')
    await blockDevice(guest, 'LAB0004')
    assert.equal(await driverOf(guest, await bdfBySerial(guest, 'LAB0004')), 'nvme')
  })

  it('comes back from a power cut with what was synced', async () => {
    await guest.sh('echo before >/root/mark; sync')
    const { device } = await dataOn(guest, 'LAB0001')
    await guest.reset()
    assert.equal(await guest.sh('cat /root/mark'), 'before')
    assert.equal(await mountedAt(guest, '/data'), '')
    assert.equal(
      await guest.sh(`blkid -o value -s TYPE ${await blockDevice(guest, 'LAB0001')}`),
      'ext4',
      device,
    )
  })
})

describe('lab: the guest without an IOMMU', () => {
  let guest: Guest
  before(async () => {
    guest = await sharedGuest('no-iommu')
  })

  it('has no IOMMU groups', async () => {
    assert.deepEqual([...new Set((await drives(guest)).map(({ group }) => group))], ['none'])
    assert.equal(await guest.sh('ls /sys/kernel/iommu_groups | wc -l'), '0')
  })

  it('cannot bind vfio-pci, and can bind uio_pci_generic', async () => {
    const bdf = await bdfBySerial(guest, 'LAB0101')
    await assert.rejects(bindByHand(guest, bdf, 'vfio-pci'), /Invalid argument/)
    assert.match(await guest.sh('dmesg'), /vfio-pci: probe of .* failed with error -22/)
    assert.equal(await driverOf(guest, bdf), 'none')
    await bindByHand(guest, bdf, 'uio_pci_generic')
    await wipeDrives(guest)
  })
})

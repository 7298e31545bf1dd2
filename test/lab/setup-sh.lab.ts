import assert from 'node:assert/strict'
import { provision, type Ran } from '../support/captured.ts'
import {
  bdfs,
  bindByHand,
  blockDevice,
  checksum,
  dataOn,
  drives,
  hugepages,
  mountedAt,
  setHugepages,
  wipeDrives,
} from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { HostsFiles } from './hosts-yaml.ts'

interface Device {
  bdf: string
  action: string
  reasons: { code: string; message: string }[]
}

/** The nine ways in which SPDK's own setup.sh was seen to fail, each on a real host, and what happens here instead. */
describe('where setup.sh fails', () => {
  let guest: Guest
  let files: HostsFiles
  let at: Map<string, string>
  const bdf = (serial: string) => at.get(serial) ?? assert.fail(`no drive ${serial}`)

  before(async () => {
    guest = await sharedGuest('standard')
    files = await HostsFiles.for(guest)
  })
  beforeEach(async () => {
    await wipeDrives(guest)
    await guest.sh('rm -rf /var/lib/provision /run/provision; umount -q /data || :')
    at = await bdfs(guest)
  })
  after(() => files.remove())

  /** Must be refused with these codes, and nothing on the host be touched. */
  async function refused(codes: string[], ...declared: string[]): Promise<Device[]> {
    const before = await drives(guest)
    const file = await files.declare(...declared)
    const ran = await provision('apply', file, '-y', '--json')
    assert.equal(ran.code, 3, ran.stdout + ran.stderr)
    const devices: Device[] = JSON.parse(ran.stdout).hosts[0].devices
    const told = devices.flatMap(({ reasons }) => reasons.map(({ code }) => code))
    for (const code of codes) assert.ok(told.includes(code), `${code} is not among ${told.join(', ')}`)
    assert.deepEqual(await drives(guest), before)
    return devices
  }

  const ended = (ran: Ran, code: number) => assert.equal(ran.code, code, ran.stdout + ran.stderr)

  describe('1: it exits 0 when nothing was bound', () => {
    it('a mounted drive: refused, exit 3, and said by what', async () => {
      await dataOn(guest, 'LAB0001')
      await refused(['DEVICE_MOUNTED'], `devices: { spdk: ["${bdf('LAB0001')}"] }`)
    })

    it('a typo in the address: refused, exit 3', async () => {
      await refused(['DEVICE_NOT_FOUND'], 'devices: { spdk: ["0000:f7:1f.0"] }')
    })

    it('one good drive beside a bad one: not half of it', async () => {
      await dataOn(guest, 'LAB0001')
      await refused(['DEVICE_MOUNTED'], `devices: { spdk: ["${bdf('LAB0001')}", "${bdf('LAB0002')}"] }`)
    })

    it('a drive that a failed bind left without a driver: refused until somebody has seen what is on it', async () => {
      await guest.sh(`echo ${bdf('LAB0002')} >/sys/bus/pci/drivers/nvme/unbind`)
      await refused(['DRIVE_UNSEEN'], `devices: { spdk: ["${bdf('LAB0002')}"] }`)
    })
  })

  it('2: PCI_BLOCKED in another spelling does not block: here every spelling is the same address', async () => {
    const short = bdf('LAB0004').replace('0000:', '').toUpperCase()
    const file = await files.declare(
      `devices: { spdk: [{ match: { serial: "LAB000*", numa: 1 } }], kernel: ["${short}"] }`,
    )
    const ran = await provision('plan', file, '--json')
    ended(ran, 0)
    const devices: Device[] = JSON.parse(ran.stdout).hosts[0].devices
    assert.equal(devices.find((one) => one.bdf === bdf('LAB0004'))?.action, 'none')
    assert.equal(devices.find((one) => one.bdf === bdf('LAB0003'))?.action, 'bind')
    const both = await provision(
      'validate',
      await files.declare(`devices: { spdk: ["${bdf('LAB0004')}"], kernel: ["${short}"] }`),
    )
    assert.equal(both.code, 1)
  })

  describe('3: contents that blkid does not tell look free', () => {
    it('no tool to look with: unknown contents are data', async () => {
      await guest.sh('mv /sbin/wipefs /sbin/wipefs.away')
      try {
        await refused(['CONTENTS_UNREADABLE'], `devices: { spdk: ["${bdf('LAB0002')}"] }`)
      } finally {
        await guest.sh('mv /sbin/wipefs.away /sbin/wipefs')
      }
    })

    it('two superblocks on one disk', async () => {
      const disk = await blockDevice(guest, 'LAB0002')
      // ext4 leaves the first KiB alone, where XFS has its magic.
      await guest.sh(`mkfs.xfs -q -f ${disk}; dd if=${disk} of=/root/head bs=512 count=1 2>/dev/null
        mkfs.ext4 -q -F ${disk}; dd if=/root/head of=${disk} bs=512 count=1 conv=notrunc 2>/dev/null; sync; udevadm settle`)
      const types = await guest.sh(`wipefs -n -i -O TYPE ${disk} | sort | tr '\\n' ' '`)
      assert.match(types, /ext4.*xfs/)
      const [device] = await refused(['DEVICE_HAS_DATA'], `devices: { spdk: ["${bdf('LAB0002')}"] }`)
      const told = device?.reasons.map(({ message }) => message).join(' ') ?? ''
      assert.match(told, /ext4/)
      assert.match(told, /xfs/)
    })

    it("SPDK's own partition beside swap in use", async () => {
      const disk = await blockDevice(guest, 'LAB0002')
      const spdk = '6527994E-2C5A-4EEC-9613-8F5944074E8B'
      await guest.sh(`printf 'size=64M, type=${spdk}\\ntype=swap\\n' | sfdisk -q --label gpt ${disk}; udevadm settle
        mkswap -q ${disk}p2; swapon ${disk}p2`)
      await refused(['DEVICE_SWAP'], `devices: { spdk: ["${bdf('LAB0002')}"] }`)
      await guest.sh(`swapoff ${disk}p2`)
    })
  })

  it('4: without an `address` attribute a mounted disk is bound: here its place in sysfs tells', async () => {
    const { disk } = await dataOn(guest, 'LAB0001')
    const controller = disk.replace('/dev/', '').replace(/n\d+$/, '')
    await guest.sh(`mount --bind /dev/null /sys/class/nvme/${controller}/address`)
    try {
      await refused(['DEVICE_MOUNTED'], `devices: { spdk: ["${bdf('LAB0001')}"] }`)
    } finally {
      await guest.sh(`umount /sys/class/nvme/${controller}/address`)
    }
  })

  it('5: it unbinds the whole IOMMU group, blocked and mounted members too: here the group is named', async () => {
    await dataOn(guest, 'LAB0006')
    const [device] = await refused(['GROUP_NOT_VIABLE'], `devices: { spdk: ["${bdf('LAB0005')}"] }`)
    assert.ok(device?.reasons.some(({ message }) => message.includes(bdf('LAB0006'))))
    assert.match(await mountedAt(guest, '/data'), /nvme/)
  })

  it('6: hugepages come before any drive, per size and node, and short memory leaves the drives', async () => {
    const before = await drives(guest)
    const pages = Math.floor((512 * 0.97) / 2)
    const short = await files.declare(
      `devices: { spdk: ["${bdf('LAB0002')}"] }`,
      `hugepages: { 2M: { node1: ${pages} } }`,
    )
    const ran = await provision('apply', short, '-y', '--json')
    ended(ran, 2)
    assert.equal(JSON.parse(ran.stdout).hosts[0].outcome, 'rolled_back')
    assert.deepEqual(await drives(guest), before)
    assert.equal(await hugepages(guest, 1), 0)
    // A page size counts without a node being named.
    const small = await files.declare('hugepages: { 2M: 4 }')
    ended(await provision('apply', small, '-y'), 0)
    assert.equal((await hugepages(guest, 0)) + (await hugepages(guest, 1)), 4)
    await setHugepages(guest, 0, 0)
    await setHugepages(guest, 1, 0)
  })

  it('7: given back while the nvme module is gone: it is loaded, and one drive is no reason to leave another', async () => {
    await dataOn(guest, 'LAB0001')
    const sums = await checksum(guest, '/data')
    const file = await files.declare(
      `devices: { spdk: ["${bdf('LAB0001')}", "${bdf('LAB0002')}"] }`,
      'in_use: release',
    )
    ended(await provision('apply', file, '-y'), 0)
    await guest.sh('modprobe -r nvme')
    ended(await provision('release', file, '-y'), 0)
    assert.equal(await checksum(guest, '/data'), sums)
    const now = await drives(guest)
    assert.deepEqual(
      now.filter((one) => [bdf('LAB0001'), bdf('LAB0002')].includes(one.bdf)).map(({ driver }) => driver),
      ['nvme', 'nvme'],
    )
  })

  it('8: who drives a disk from user space is looked for before it is taken away', async () => {
    await bindByHand(guest, bdf('LAB0002'), 'vfio-pci')
    const group = (await drives(guest)).find((one) => one.bdf === bdf('LAB0002'))?.group ?? '?'
    await guest.sh(`setsid sleep 600 <>/dev/vfio/${group} >/dev/null 2>&1 &`)
    await guest.sh('sleep 1')
    try {
      const file = await files.declare(`devices: { kernel: ["${bdf('LAB0002')}"] }`)
      const ran = await provision('apply', file, '-y', '--json')
      assert.ok([2, 3].includes(ran.code), ran.stdout + ran.stderr)
      assert.match(ran.stdout, /PID \d+ \(sleep\)/)
      assert.equal((await drives(guest)).find((one) => one.bdf === bdf('LAB0002'))?.driver, 'vfio-pci')
    } finally {
      await guest.sh('pkill -x sleep || :')
    }
  })
})

import assert from 'node:assert/strict'
import type { ReasonCode } from '../../src/reasons/registry.ts'
import { bdfs, bindByHand, blockDevice, dataOn, drives, wipeDrives } from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { HostsFiles } from './hosts-yaml.ts'
import { mends, reasonsWith } from './remedy.ts'

interface Row {
  code: ReasonCode
  /** When one code comes in several ways. */
  how?: string
  /** Shell that brings the host into trouble; `$disk` is the block device of LAB0001. */
  arrange?: string
  prepare?: (guest: Guest, bdf: string, disk: string) => Promise<unknown>
  /** What is declared; the drive for SPDK unless said otherwise. */
  declare?: (bdf: string) => string[]
  /** Which of the remedy's commands are run, counted from the first. Default: 1. */
  commands?: number
  /** Shell, afterwards. */
  clean?: string
}

const spdk = (bdf: string) => `devices: { spdk: ["${bdf}"] }`
const release = (bdf: string) => [spdk(bdf), 'in_use: release']
const asleep = (how: string) => `setsid ${how} >/dev/null 2>&1 </dev/null & sleep 1`

/**
 * What the remedies say is true: the trouble is made on a real host, the plan names it, the commands of its remedy are
 * pasted as they stand, and the next plan does not name it any more. More of them are run in the suites that are about
 * those troubles: in-use, references, stacks, main-job (GROUP_NOT_VIABLE), faults (RUN_UNFINISHED).
 */
const rows: Row[] = [
  { code: 'DEVICE_MOUNTED', prepare: (guest) => dataOn(guest, 'LAB0001') },
  {
    code: 'DEVICE_MOUNTED',
    how: 'at a place of odd letters',
    arrange: `mkfs.ext4 -q -F "$disk"; mkdir -p "/mnt/it's \\$(odd)"; mount "$disk" "/mnt/it's \\$(odd)"`,
  },
  { code: 'DEVICE_SWAP', arrange: 'mkswap -q "$disk"; swapon "$disk"' },
  {
    code: 'SWAP_FILE',
    prepare: (guest) => dataOn(guest, 'LAB0001'),
    arrange:
      'dd if=/dev/zero of=/data/swap bs=1M count=20 2>/dev/null; chmod 600 /data/swap; mkswap -q /data/swap; swapon /data/swap',
    declare: release,
  },
  {
    code: 'MOUNT_NESTED',
    prepare: (guest) => dataOn(guest, 'LAB0001'),
    arrange: 'mkdir -p /data/cache; mount -t tmpfs none /data/cache',
    declare: release,
  },
  { code: 'DEVICE_HAS_DATA', arrange: 'mkfs.xfs -q -f "$disk"' },
  {
    code: 'DEVICE_HAS_DATA',
    how: 'on a partition',
    prepare: (guest) => dataOn(guest, 'LAB0001', { partitioned: true, mount: false }),
  },
  {
    code: 'DEVICE_HELD',
    how: 'by LVM',
    arrange:
      'pvcreate -q -ff -y "$disk"; vgcreate -q lab-vg "$disk"; lvcreate -q -y -n data -l 50%FREE lab-vg; udevadm settle',
    clean: 'vgremove -q -f -y lab-vg',
  },
  {
    code: 'DEVICE_HELD',
    how: 'by LUKS',
    arrange:
      'printf secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$disk" -; printf secret | cryptsetup open --key-file - "$disk" labcrypt',
  },
  {
    code: 'DEVICE_HELD',
    how: 'by an array',
    arrange:
      'mdadm --quiet --create /dev/md77 --run --level=0 --force --raid-devices=1 "$disk"; udevadm settle',
    clean: 'mdadm --quiet --zero-superblock "$disk" || :',
  },
  {
    code: 'LUKS_NO_KEY',
    arrange:
      'printf secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$disk" -; printf secret | cryptsetup open --key-file - "$disk" labcrypt',
    declare: release,
  },
  {
    code: 'DRIVE_UNSEEN',
    prepare: (guest, bdf) => guest.sh(`echo ${bdf} >/sys/bus/pci/drivers/nvme/unbind`),
  },
  {
    code: 'SERIAL_UNREADABLE',
    prepare: (guest, bdf) => bindByHand(guest, bdf, 'vfio-pci'),
    declare: (bdf) => [`devices: { kernel: [{ bdf: "${bdf}", serial: LAB0001 }] }`],
  },
  {
    code: 'DRIVER_FOREIGN',
    prepare: (guest, bdf) => bindByHand(guest, bdf, 'pci-stub'),
    // The first one lists, the second releases.
    commands: 2,
  },
  { code: 'OWNER_UNKNOWN', declare: (bdf) => [spdk(bdf), 'owner: labnobody'], clean: 'userdel labnobody' },
  {
    code: 'DEVICE_MOUNTED_ELSEWHERE',
    prepare: (guest) => dataOn(guest, 'LAB0001'),
    arrange: `${asleep("unshare -m --propagation private bash -c 'exec -a lab-away sleep 600'")}; umount /data`,
    // `systemctl status` is for looking.
    commands: 2,
    clean: 'pkill -f "[l]ab-away" || :',
  },
  {
    code: 'VFIO_HELD',
    prepare: (guest, bdf) => bindByHand(guest, bdf, 'vfio-pci'),
    arrange: asleep(
      'bash -c \'exec 3<>"/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$bdf/iommu_group")")"; exec -a lab-spdk sleep 600\'',
    ),
    declare: (bdf) => [`devices: { kernel: ["${bdf}"] }`],
    clean: 'pkill -f "[l]ab-spdk" || :',
  },
  {
    code: 'HUGEPAGES_TOO_MANY',
    how: 'by the number that it names',
    declare: () => ['hugepages: { 2M: { node1: 100000 } }'],
    // The remedy is an edit of the hosts file; see below.
    commands: 0,
  },
]

describe('remedies, pasted into a real host', () => {
  let guest: Guest
  let files: HostsFiles

  before(async () => {
    guest = await sharedGuest('standard')
    files = await HostsFiles.for(guest)
  })
  beforeEach(async () => {
    await guest.sh('umount -q /data/cache /data /mnt/it* || :; rm -rf /var/lib/provision /run/provision')
    await wipeDrives(guest)
  })
  after(() => files.remove())

  for (const { code, how, arrange, prepare, declare, commands, clean } of rows) {
    if (commands === 0) continue
    it(`${code}${how === undefined ? '' : ` ${how}`}`, async () => {
      const bdf = (await bdfs(guest)).get('LAB0001') ?? assert.fail('no drive LAB0001')
      const disk = await blockDevice(guest, 'LAB0001')
      const inShell = (script: string) => guest.sh(`disk=${disk}\nbdf=${bdf}\nexport disk bdf\n${script}`)
      await prepare?.(guest, bdf, disk)
      if (arrange !== undefined) await inShell(arrange)
      const said = declare === undefined ? [spdk(bdf)] : declare(bdf)
      try {
        await mends(guest, await files.declare(...said), code, commands === undefined ? {} : { commands })
      } finally {
        if (clean !== undefined) await inShell(clean)
      }
    })
  }

  it('HUGEPAGES_TOO_MANY names a number that then is possible', async () => {
    const [told] = await reasonsWith(
      await files.declare('hugepages: { 2M: { node1: 100000 } }'),
      'HUGEPAGES_TOO_MANY',
    )
    const [, possible] = /at most (\d+)/.exec(told?.remedy ?? '') ?? assert.fail('it names none')
    const less = await files.declare(`hugepages: { 2M: { node1: ${possible} } }`)
    assert.deepEqual(await reasonsWith(less, 'HUGEPAGES_TOO_MANY'), [])
  })

  it('RECORD_MISMATCH: the record of a drive that was exchanged is removed by its command', async () => {
    const [one, other] = await Promise.all(
      ['LAB0001', 'LAB0002'].map(async (serial) => (await bdfs(guest)).get(serial) ?? ''),
    )
    const file = await files.declare(spdk(one ?? ''))
    const { provision } = await import('../support/captured.ts')
    assert.equal((await provision('apply', file, '-y')).code, 0)
    // The same record at the address of another drive: as if the two had changed places.
    const path = '/var/lib/provision/drives'
    await guest.sh(`mv ${path}/${one}.json ${path}/${other}.json`)
    await mends(guest, await files.declare(spdk(other ?? '')), 'RECORD_MISMATCH')
    assert.equal((await drives(guest)).find(({ bdf }) => bdf === other)?.driver, 'nvme')
  })
})

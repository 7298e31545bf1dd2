import assert from 'node:assert/strict'
import { provision, type Ran } from '../support/captured.ts'
import { bdfs, blockDevice, checksum, driverOf, lvmOn, mirrorOn, wipeDrives } from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { HostsFiles } from './hosts-yaml.ts'

function ended(ran: Ran, code: number): void {
  assert.equal(ran.code, code, `exit code ${ran.code}\n${ran.stdout}\n${ran.stderr}`)
}

const outcome = ({ stdout }: Ran): string => JSON.parse(stdout).hosts[0].outcome

/** Text of a command's answer on one line, as a person reads over line ends. */
const flat = ({ stdout }: Ran) => stdout.replaceAll(/\s+/g, ' ')

/** A stack with data on it, made by hand. Its last mount lies deepest. */
interface Stack {
  name: string
  drives: string[]
  mounts: string[]
  swap?: boolean
  make(guest: Guest): Promise<void>
}

const format = (device: string, at: string) => `
  mkfs.ext4 -q -F ${device}; mkdir -p ${at}; mount -o noatime ${device} ${at}
  head -c 2000000 /dev/urandom >${at}/random.bin`

const key = `printf s3cret-of-the-lab >/etc/lab.key; chmod 600 /etc/lab.key`
const luks = (device: string, name: string) => `
  cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 ${device} /etc/lab.key
  cryptsetup open --key-file /etc/lab.key ${device} ${name}`
const crypttab = (name: string, keyFile = '/etc/lab.key') =>
  `echo '${name} UUID=0f5c7c7e ${keyFile} luks,discard,nofail' >>/etc/crypttab`

const stacks: Stack[] = [
  {
    name: 'two volumes over two drives, one mounted inside the other',
    drives: ['LAB0001', 'LAB0002'],
    mounts: ['/srv/lvm', '/srv/lvm/log'],
    swap: true,
    make: async (guest) => {
      const [a, b] = [await blockDevice(guest, 'LAB0001'), await blockDevice(guest, 'LAB0002')]
      await guest.sh(`
        pvcreate -q -q -y ${a} ${b}; vgcreate -q -q lab-vg ${a} ${b}
        lvcreate -q -q -y -i 2 -n data -L 200M lab-vg
        lvcreate -q -q -y -n log -L 100M lab-vg ${b}
        lvcreate -q -q -y -n swap -L 64M lab-vg ${a}
        udevadm settle
        ${format('/dev/lab-vg/data', '/srv/lvm')}; ${format('/dev/lab-vg/log', '/srv/lvm/log')}
        mkswap -q /dev/lab-vg/swap; swapon -p 5 /dev/lab-vg/swap`)
    },
  },
  {
    name: 'a LUKS container with a key file',
    drives: ['LAB0001'],
    mounts: ['/srv/safe'],
    make: async (guest) => {
      const disk = await blockDevice(guest, 'LAB0001')
      await guest.sh(`
        ${key}; ${luks(disk, 'labcrypt')}; ${crypttab('labcrypt')}
        ${format('/dev/mapper/labcrypt', '/srv/safe')}`)
    },
  },
  {
    name: 'a mirror over two drives, with partitions on it',
    drives: ['LAB0001', 'LAB0002'],
    mounts: ['/srv/raid', '/srv/raid/inner'],
    make: async (guest) => {
      await mirrorOn(guest, 'LAB0001', 'LAB0002')
      await guest.sh(`
        md=$(readlink -f /dev/md/lab)
        printf 'label: gpt\\n,200M\\n,100M\\n' | sfdisk -q $md; udevadm settle
        ${format('$' + '{md}p1', '/srv/raid')}; ${format('$' + '{md}p2', '/srv/raid/inner')}`)
    },
  },
  {
    name: 'a LUKS container on a volume',
    drives: ['LAB0001'],
    mounts: ['/srv/lvm', '/srv/safe'],
    make: async (guest) => {
      await lvmOn(guest, 'LAB0001')
      await guest.sh(`
        ${key}; lvcreate -q -q -y -n vault -L 100M labvg; udevadm settle
        ${luks('/dev/labvg/vault', 'labcrypt')}; ${crypttab('labcrypt')}
        ${format('/dev/mapper/labcrypt', '/srv/safe')}`)
    },
  },
]

describe('stacks that may be released', () => {
  let guest: Guest
  let files: HostsFiles
  let at: Map<string, string>
  const bdf = (serial: string) => at.get(serial) ?? assert.fail(`no drive ${serial}`)

  /** Everything taken down by hand, top down. */
  const fresh = async () => {
    await guest.sh(`
      for at in $(findmnt -rn -o TARGET | grep ^/srv/ | tac); do umount $at; done
      swapoff -a
      [ ! -e /dev/mapper/labcrypt ] || cryptsetup close labcrypt
      rm -rf /var/lib/provision /run/provision /etc/crypttab`)
    await wipeDrives(guest)
  }

  /** What is mounted, swapped on and open, with the sums of all files; kernel names left out. */
  const picture = async (stack: Stack) => {
    const sums = []
    for (const mount of stack.mounts) sums.push(await checksum(guest, mount))
    const mounts = await guest.sh('findmnt -rn -o TARGET,FSTYPE,OPTIONS | grep ^/srv/ | sort')
    const swaps = await guest.sh(`sed -n 's/.*\\s\\(-\\?[0-9]*\\)$/priority \\1/p' /proc/swaps`)
    const open = await guest.sh(
      `ls /dev/mapper | sort; cat /sys/block/md*/md/level /sys/block/md*/md/degraded 2>/dev/null || :`,
    )
    return { sums, mounts, swaps, open }
  }

  const declare = (serials: string[], inUse = 'release') =>
    files.declare(
      `devices: { spdk: [${serials.map((serial) => `"${bdf(serial)}"`).join(', ')}] }`,
      `in_use: ${inUse}`,
    )

  /** Ends the process that a test has left behind, and says which it was. */
  const kill = async () => {
    const pid = await guest.sh('cat /run/lab-busy')
    await guest.sh(`kill ${pid}; while [ -d /proc/${pid} ]; do sleep 0.2; done`)
    return pid
  }

  const drivers = (serials: string[]) => Promise.all(serials.map((serial) => driverOf(guest, bdf(serial))))

  before(async () => {
    guest = await sharedGuest('standard')
    files = await HostsFiles.for(guest)
    await fresh()
    at = await bdfs(guest)
  })
  after(async () => {
    await fresh()
    await files.remove()
  })

  for (const stack of stacks) {
    describe(stack.name, () => {
      let start: Awaited<ReturnType<typeof picture>>
      let file: string
      before(async () => {
        await fresh()
        await stack.make(guest)
        start = await picture(stack)
        assert.equal(start.mounts.split('\n').length, stack.mounts.length)
        file = await declare(stack.drives)
      })

      it('is put back when a later step fails, with its data', async () => {
        // Somebody opens the last drive once the stack is down: its unbind is refused, other drives have moved by then.
        const disk = await blockDevice(guest, stack.drives.at(-1) ?? '')
        await guest.sh(`
          (while findmnt ${stack.mounts[0]}; do sleep 0.1; done; exec sleep 900 <${disk}) >/dev/null 2>&1 &
          echo $! >/run/lab-busy`)
        const ran = await provision('apply', file, '-y', '--json')
        const pid = await kill()
        assert.match(ran.stdout, new RegExp(`PID ${pid} \\(sleep\\) has ${disk} open`))
        ended(ran, 2)
        assert.equal(outcome(ran), 'rolled_back', ran.stdout)
        assert.deepEqual(await picture(stack), start)
        assert.deepEqual(
          await drivers(stack.drives),
          stack.drives.map(() => 'nvme'),
        )
      })

      it('is left as it was when a mount is busy, and the process is named', async () => {
        const [outer] = stack.mounts
        await guest.sh(`(cd ${outer}; exec sleep 900) >/dev/null 2>&1 & echo $! >/run/lab-busy; sleep 1`)
        const ran = await provision('apply', file, '-y', '--json')
        const pid = await kill()
        ended(ran, 2)
        assert.equal(outcome(ran), 'rolled_back', ran.stdout)
        assert.match(ran.stdout, new RegExp(`PID ${pid} \\(sleep\\) has ${outer} open`))
        assert.deepEqual(await picture(stack), start)
      })

      it('is closed and handed over', async () => {
        const ran = await provision('apply', file, '-y', '--json')
        ended(ran, 0)
        assert.equal(outcome(ran), 'applied', ran.stdout)
        assert.deepEqual(
          await drivers(stack.drives),
          stack.drives.map(() => 'vfio-pci'),
        )
        const again = await provision('apply', file, '-y')
        ended(again, 0)
        assert.match(again.stdout, /No changes/)
        const { stdout } = await guest.ssh('cat /var/lib/provision/drives/* /run/provision/*.journal')
        assert.doesNotMatch(stdout + ran.stdout + ran.stderr, /s3cret/)
      })

      it('comes back by release, mounted as it was, with its data', async () => {
        const ran = await provision('release', file, '-y', '--json')
        ended(ran, 0)
        assert.equal(outcome(ran), 'applied', ran.stdout)
        assert.deepEqual(await picture(stack), start)
        const again = await provision('release', file, '-y')
        ended(again, 0)
        assert.match(again.stdout, /No changes|nothing to give back/i)
      })
    })
  }

  describe('what cannot be closed for sure', () => {
    beforeEach(fresh)

    it('a mirror that also lies on a drive that stays: both are named, and nothing is touched', async () => {
      await mirrorOn(guest, 'LAB0001', 'LAB0002')
      await guest.sh(format('/dev/md/lab', '/srv/raid'))
      const ran = await provision('apply', await declare(['LAB0001']), '-y')
      ended(ran, 3)
      assert.match(ran.stdout, /STACK_SHARED/)
      assert.ok(flat(ran).includes(`lies on ${bdf('LAB0001')} and also on ${bdf('LAB0002')}`), ran.stdout)
      assert.match(await guest.sh('findmnt -n -o SOURCE /srv/raid'), /md/)
    })

    it('a container without a key file is refused, and closing it by hand clears the way', async () => {
      const disk = await blockDevice(guest, 'LAB0001')
      await guest.sh(`${key}; ${luks(disk, 'labcrypt')}`)
      const file = await declare(['LAB0001'])
      const ran = await provision('plan', file)
      ended(ran, 3)
      assert.match(ran.stdout, /LUKS_NO_KEY/)
      const [remedy] = /cryptsetup close \w+/.exec(flat(ran)) ?? []
      await guest.sh(remedy ?? assert.fail(ran.stdout))
      const next = await provision('plan', file)
      ended(next, 0)
      assert.doesNotMatch(next.stdout, /LUKS_NO_KEY/)
    })

    it('a container whose key file does not open it is not closed', async () => {
      const disk = await blockDevice(guest, 'LAB0001')
      await guest.sh(`
        ${key}; ${luks(disk, 'labcrypt')}; ${crypttab('labcrypt', '/etc/wrong.key')}
        printf wrong >/etc/wrong.key; ${format('/dev/mapper/labcrypt', '/srv/safe')}`)
      const ran = await provision('apply', await declare(['LAB0001']), '-y', '--json')
      ended(ran, 2)
      assert.equal(outcome(ran), 'rolled_back', ran.stdout)
      assert.match(ran.stdout, /the key in \/etc\/wrong\.key does not open/)
      assert.match(await guest.sh('findmnt -n -o SOURCE /srv/safe'), /labcrypt/)
    })

    it('a group with a volume-less part on a drive that stays is seen by the host alone, and put back', async () => {
      await lvmOn(guest, 'LAB0001')
      const other = await blockDevice(guest, 'LAB0003')
      await guest.sh(`vgextend -q -q -y labvg ${other}`)
      const ran = await provision('apply', await declare(['LAB0001']), '-y', '--json')
      ended(ran, 2)
      assert.equal(outcome(ran), 'rolled_back', ran.stdout)
      assert.ok(ran.stdout.includes(`the volume group labvg also has ${other}`), ran.stdout)
      assert.equal(await guest.sh('cat /srv/lvm/file'), 'on-lvm')
    })

    it('a volume that is a mirror of its own, by what it is', async () => {
      const disk = await blockDevice(guest, 'LAB0001')
      await guest.sh(`
        pvcreate -q -q -y ${disk}; vgcreate -q -q labvg ${disk}
        lvcreate -q -q -y --type raid1 -m 1 --nosync -n legs -L 16M labvg ${disk} --alloc anywhere`)
      const ran = await provision('plan', await declare(['LAB0001']))
      ended(ran, 3)
      assert.match(ran.stdout, /STACK_UNSUPPORTED/)
      const [remedy] = /vgchange -an \w+/.exec(flat(ran)) ?? []
      await guest.sh(remedy ?? assert.fail(ran.stdout))
      ended(await provision('plan', await declare(['LAB0001'])), 0)
    })

    it('a mirror half of which comes back stays closed, and says so, until the rest is back', async () => {
      const disks = [await blockDevice(guest, 'LAB0001'), await blockDevice(guest, 'LAB0002')]
      // With a bitmap, as every array of over 100 GB has it: a member that comes late can be taken in again.
      await guest.sh(`
        yes | mdadm --quiet --create /dev/md/lab --level=1 --bitmap=internal --raid-devices=2 ${disks.join(' ')}
        udevadm settle`)
      await guest.sh(format('/dev/md/lab', '/srv/raid'))
      const sums = await checksum(guest, '/srv/raid')
      const both = await declare(['LAB0001', 'LAB0002'])
      ended(await provision('apply', both, '-y'), 0)
      const half = await provision('release', await declare(['LAB0002']), '-y')
      ended(half, 0)
      assert.match(half.stdout, /STACK_OWED/)
      assert.equal(await driverOf(guest, bdf('LAB0002')), 'nvme')
      ended(await provision('release', both, '-y'), 0)
      assert.equal(await checksum(guest, '/srv/raid'), sums)
      assert.equal((await guest.ssh('ls /var/lib/provision/drives')).stdout, '')
    })
  })
})

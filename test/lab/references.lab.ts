import assert from 'node:assert/strict'
import { provision } from '../support/captured.ts'
import { bdfs, blockDevice, dataOn, luksOn, wipeDrives } from './fixtures.ts'
import type { Guest } from './guest.ts'
import { sharedGuest } from './guests.ts'
import { HostsFiles } from './hosts-yaml.ts'
import { mends, reasonsOf, reasonsWith } from './remedy.ts'

const FILES = '/etc/fstab /etc/crypttab /etc/sysctl.conf'

/** udev may miss that a device was closed while it looked at it: a look at all of them makes its links true. */
const LINKS = 'udevadm settle; udevadm trigger --settle --subsystem-match=block'

/** The guest's configuration as it came, drives blank, vfio-pci not loaded. */
async function fresh(guest: Guest): Promise<void> {
  await wipeDrives(guest)
  await guest.sh(`
    for file in ${FILES}; do [ ! -e $file.lab ] || cp -a $file.lab $file; done
    rm -f /etc/modprobe.d/lab*.conf /etc/sysctl.d/*lab*.conf /etc/kdump.conf /etc/driverctl.d/*
    rm -rf /var/lib/provision /run/provision
    modprobe -q -r vfio-pci || :`)
}

describe('what the configuration of a host says of its drives', () => {
  let guest: Guest
  let files: HostsFiles
  let at: Map<string, string>
  const bdf = (serial: string) => at.get(serial) ?? assert.fail(`no drive ${serial}`)
  const declare = (serial: string, ...more: string[]) =>
    files.declare(`devices: { spdk: ["${bdf(serial)}"] }`, 'in_use: release', ...more)
  const uuidOf = (device: string) => guest.sh(`blkid -o value -s UUID ${device}`)

  before(async () => {
    guest = await sharedGuest('standard')
    files = await HostsFiles.for(guest)
    await guest.sh(
      `for file in ${FILES}; do [ -e $file ] || : >$file; [ -e $file.lab ] || cp -a $file $file.lab; done`,
    )
    await fresh(guest)
    at = await bdfs(guest)
  })
  afterEach(() => fresh(guest))
  after(async () => {
    await guest.sh(`for file in ${FILES}; do mv $file.lab $file; done`)
    await files.remove()
  })

  it('fstab by UUID: warned with the line, blocked when it is to last, and mended by the command', async () => {
    const { device } = await dataOn(guest, 'LAB0001', { partitioned: true, mount: false })
    const uuid = await uuidOf(device)
    await guest.sh(`printf '# data\\nUUID="%s"\\t/data  ext4\\tdefaults,noatime 0 2\\n' ${uuid} >>/etc/fstab`)
    const lasting = await declare('LAB0001', 'persist: true')
    assert.equal((await provision('plan', lasting)).code, 3)
    const [blocking] = await reasonsWith(lasting, 'FSTAB_HANGS_BOOT')
    assert.equal(blocking?.severity, 'block')

    const told = await mends(guest, await declare('LAB0001'), 'FSTAB_HANGS_BOOT', { commands: 2 })
    assert.equal(told.severity, 'warn')
    assert.match(told.message, new RegExp(`/etc/fstab:\\d+ "UUID="${uuid}" /data ext4`))
    assert.match(await guest.sh('grep /data /etc/fstab'), /defaults,noatime,nofail 0 2$/)
    // systemd and mount agree that the line is one still.
    assert.match(await guest.sh('systemctl show -p WantedBy local-fs.target data.mount'), /WantedBy=/)
    assert.doesNotMatch(await guest.sh('systemctl show -p RequiredBy data.mount'), /local-fs/)
    await guest.sh('mount /data; mountpoint -q /data; umount /data')
  })

  it('fstab by label with a space, and three fields', async () => {
    const disk = await blockDevice(guest, 'LAB0001')
    await guest.sh(`mkfs.ext4 -q -F -L 'my data' ${disk}; ${LINKS}`)
    await guest.sh(`printf '%s\\n' 'LABEL=my\\040data /data ext4' >>/etc/fstab`)
    await mends(guest, await declare('LAB0001'), 'FSTAB_HANGS_BOOT')
    assert.match(await guest.sh('grep /data /etc/fstab'), /ext4 nofail$/)
  })

  it('a drive that was handed over is known in fstab still, and after the remedy comes back as it was', async () => {
    const { device } = await dataOn(guest, 'LAB0001', { partitioned: true })
    await guest.sh(`echo 'UUID=${await uuidOf(device)} /elsewhere ext4 defaults 0 2' >>/etc/fstab`)
    const file = await declare('LAB0001')
    assert.equal((await provision('apply', file, '-y')).code, 0)
    const told = await mends(guest, file, 'FSTAB_HANGS_BOOT')
    assert.match(told.message, /needs what was on .* when it was handed over/)
    assert.equal((await provision('release', file, '-y')).code, 0)
  })

  it('crypttab', async () => {
    const disk = await luksOn(guest, 'LAB0002')
    await guest.sh('cryptsetup close labcrypt')
    await guest.sh(
      `printf 'vault UUID=%s none luks\\nbare %s\\n' ${await uuidOf(disk)} ${disk} >>/etc/crypttab`,
    )
    await guest.sh(`echo '/dev/mapper/vault /vault ext4 defaults 0 2' >>/etc/fstab`)
    const file = await declare('LAB0002')
    assert.equal((await reasonsWith(file, 'CRYPTTAB_HANGS_BOOT')).length, 2)
    assert.equal((await reasonsWith(file, 'FSTAB_HANGS_BOOT')).length, 1)
    await mends(guest, file, 'CRYPTTAB_HANGS_BOOT')
    await mends(guest, file, 'FSTAB_HANGS_BOOT')
    assert.match(await guest.sh('tail -n 2 /etc/crypttab'), /none luks,nofail\nbare \S+ none nofail$/)
  })

  it('where the kernel dumps to is a system device', async () => {
    const { device } = await dataOn(guest, 'LAB0001', { mount: false })
    await guest.sh(LINKS)
    await guest.sh(`echo 'ext4 UUID=${await uuidOf(device)}' >/etc/kdump.conf`)
    const [told] = await reasonsWith(await declare('LAB0001'), 'SYSTEM_DEVICE')
    assert.match(
      told?.message ?? (await guest.sh('grep . /etc/kdump.conf; ls -l /dev/disk/by-uuid')),
      /kdump\)/,
    )
  })

  it('a module that may not be loaded, which modprobe proves; a blacklist is no obstacle, which it proves too', async () => {
    const file = await declare('LAB0001')
    await guest.sh(
      'echo blacklist vfio-pci >/etc/modprobe.d/lab-a.conf; modprobe vfio-pci; modprobe -r vfio-pci',
    )
    assert.deepEqual(await reasonsWith(file, 'MODULE_BLOCKED'), [])
    for (const line of ['install vfio-pci /bin/false', 'install vfio_pci_core /bin/false']) {
      await guest.sh(`echo '${line}' >/etc/modprobe.d/lab-b.conf; ! modprobe vfio-pci 2>/dev/null`)
      await mends(guest, file, 'MODULE_BLOCKED')
      await guest.sh('modprobe vfio-pci; modprobe -r vfio-pci')
    }
  })

  it('a rule of driverctl', async () => {
    await guest.sh(`driverctl set-override ${bdf('LAB0002')} vfio-pci`)
    const file = await files.declare(`devices: { kernel: ["${bdf('LAB0002')}"] }`)
    const told = await mends(guest, file, 'RIVAL_DRIVERCTL')
    assert.match(told.message, /says "vfio-pci"/)
  })

  it('ids given to vfio-pci', async () => {
    await guest.sh(`printf 'options vfio-pci \\\\\\n  ids=1b36:0010\\n' >/etc/modprobe.d/lab-ids.conf`)
    const told = await mends(guest, await declare('LAB0001'), 'RIVAL_VFIO_IDS')
    assert.match(told.message, new RegExp(bdf('LAB0007')))
    await guest.sh('modprobe vfio-pci; [ -z "$(cat /sys/module/vfio_pci/parameters/ids)" ]')
  })

  it('another writer of hugepages, and who wins', async () => {
    await guest.sh(`
      echo 'vm.nr_hugepages = 11' >/etc/sysctl.d/90-lab.conf
      echo 'vm.nr_hugepages = 7' >/etc/sysctl.d/10-lab.conf`)
    const file = await declare('LAB0001', 'hugepages: { 2M: { node0: 8 } }')
    const [told] = await reasonsWith(file, 'RIVAL_HUGEPAGES')
    assert.match(told?.message ?? '', /10-lab.*90-lab/)
    await guest.sh('systemctl restart systemd-sysctl; [ "$(cat /proc/sys/vm/nr_hugepages)" = 11 ]')
    await mends(guest, file, 'RIVAL_HUGEPAGES', { commands: 2 })
  })

  it('a fresh guest has nothing of all this', async () => {
    assert.deepEqual(await reasonsOf(await declare('LAB0001', 'hugepages: { 2M: { node0: 8 } }')), [])
  })
})

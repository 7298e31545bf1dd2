import { quoted, spoken } from '../paste.ts'
import { type Holder, holderList, pids } from './holders.ts'
import { tell } from './reason.ts'

/** Reasons about drivers and the IOMMU. */
export const bindingReasons = {
  DRIVER_MISSING: tell<{ driver: string; kernel: string }>({
    severity: 'block',
    title: 'The kernel has no such driver.',
    symptoms: ['modprobe: FATAL: Module vfio-pci not found'],
    message: ({ driver, kernel }) =>
      `The driver ${driver} is neither built into this kernel (${kernel}) nor among its modules.`,
    remedy: ({ driver, kernel }) =>
      driver === 'uio_pci_generic' || driver === 'igb_uio'
        ? `Install the modules of ${spoken(kernel)} (Debian: \`apt install ${quoted(`linux-image-${kernel}`)}\`; Ubuntu: \`${quoted(`linux-modules-extra-${kernel}`)}\`), or choose another \`driver\`.`
        : `Install the modules of ${spoken(kernel)}, or boot a kernel that has ${spoken(driver)}: \`modinfo ${quoted(driver)}\` must find it.`,
  }),
  NO_IOMMU: tell<{ bdf: string }>({
    severity: 'block',
    title: 'vfio-pci needs an IOMMU, and this host has none switched on.',
    symptoms: ['probe of … failed with error -22', 'Invalid argument', 'No such device', '-19'],
    message: ({ bdf }) =>
      `\`driver: vfio-pci\` is declared, but ${bdf} is in no IOMMU group: the IOMMU is absent or switched off. The bind would fail with "Invalid argument" and leave the drive with no driver.`,
    remedy: () =>
      'Switch it on in the firmware (VT-d, AMD-Vi) and boot with `intel_iommu=on` on Intel; or set `driver: uio_pci_generic`.',
  }),
  GROUP_NOT_VIABLE: tell<{
    bdf: string
    group: number
    others: { bdf: string; driver: string; kind: 'nvme' | 'bridge' | 'other' }[]
  }>({
    severity: 'block',
    title: 'Other devices in the IOMMU group stay with the kernel.',
    symptoms: ['VFIO group is not viable', 'vfio group is not viable', 'No such device', '-19'],
    message: ({ bdf, group, others }) =>
      `${bdf} is in IOMMU group ${group} together with ${others.map((o) => `${o.bdf} (on ${o.driver})`).join(', ')}. The bind would succeed, but SPDK could not open the group: every other member must be on vfio-pci or on no driver (bridges may be on pcieport).`,
    remedy: ({ others }) => {
      const [drives, bridges, rest] = (['nvme', 'bridge', 'other'] as const).map((kind) =>
        others.filter((other) => other.kind === kind),
      )
      if (rest?.length !== 0)
        return 'Move the drive to a slot with an IOMMU group of its own (`ls /sys/kernel/iommu_groups/*/devices`), or enable ACS in the firmware.'
      return [
        ...(drives ?? []).map(({ bdf }) => `Declare "${bdf}" under \`devices.spdk\` too, if it may go.`),
        ...(bridges ?? []).map(
          ({ bdf, driver }) =>
            `Take the bridge from its hot-plug driver: \`echo ${bdf} > ${quoted(`/sys/bus/pci/drivers/${driver}/unbind`)}\`.`,
        ),
        'Otherwise move the drive to another slot.',
      ].join(' ')
    },
  }),
  UIO_UNDER_IOMMU: tell<{ bdf: string; driver: string; units: string }>({
    severity: 'block',
    title: 'A uio driver cannot work under a translating IOMMU.',
    message: ({ bdf, driver, units }) =>
      `\`driver: ${driver}\` is declared for ${bdf}, but the IOMMU (${units}) translates its DMA and ${driver} gives it no mapping: SPDK would bind the drive and fail to reach memory.`,
    remedy: () => 'Use `driver: vfio-pci` (or `auto`); it is made for this.',
  }),
  NVME_TAKES_OTHERS: tell<{ bdfs: string[] }>({
    severity: 'warn',
    title: 'Loading the nvme driver also gives it drives that are not declared.',
    message: ({ bdfs }) =>
      `The nvme driver is not loaded on this host, and must be for a drive to go back to the kernel. The moment it is loaded it also takes ${bdfs.join(', ')}, which no list names and which ${bdfs.length === 1 ? 'has' : 'have'} no driver now.`,
    remedy: ({ bdfs }) =>
      `That is what a reboot does too. To keep it from happening, before you apply: ${bdfs.map((bdf) => `\`echo none > ${quoted(`/sys/bus/pci/devices/${bdf}/driver_override`)}\``).join(', ')}.`,
  }),
  DRIVER_FOREIGN: tell<{ bdf: string; driver: string }>({
    severity: 'block',
    title: 'The drive is on a driver that provision does not know.',
    message: ({ bdf, driver }) =>
      `${bdf} is on driver ${driver}, which is neither the kernel's nvme nor one that SPDK uses. Who uses it through that driver cannot be told.`,
    remedy: ({ bdf, driver }) =>
      `Find out who bound it (\`driverctl list-overrides\`, xen-pciback, a hypervisor) and release it there: \`echo ${bdf} > ${quoted(`/sys/bus/pci/drivers/${driver}/unbind`)}\`.`,
  }),
  OVERRIDE_UNREADABLE: tell<{ bdf: string; why: string; holders: Holder[] }>({
    severity: 'block',
    title: 'The driver state of the device cannot be read.',
    symptoms: ['setup.sh reset hangs', 'blocked for more than 120 seconds'],
    message: ({ bdf, why, holders }) =>
      `The driver or driver_override of ${bdf} could not be read (${why}). Where an unbind hangs this read hangs too, for as long as ${holders.length === 0 ? 'somebody holds the drive' : `${holderList(holders)}`}.`,
    remedy: ({ bdf, holders }) =>
      holders.length === 0
        ? `See who holds it: \`ls -l /proc/[0-9]*/fd | grep vfio\`, and \`dmesg | grep ${bdf}\`. Ending the holder releases it.`
        : `End the holder, and what waits for it goes on: \`kill -9 ${pids(holders)}\`. Then plan again.`,
  }),
  VFIO_HELD: tell<{ bdf: string; driver: string; holders: Holder[]; sure: boolean }>({
    severity: 'block',
    title: 'A process drives the drive from user space, and the drive shall leave its driver.',
    symptoms: ['setup.sh reset hangs', 'blocked for more than 120 seconds'],
    message: ({ bdf, driver, holders, sure }) =>
      sure
        ? `${bdf} must leave ${driver}, but ${holderList(holders)}. Under a process that answers, the unbind would tear the drive out of its hands; under one that does not, the unbind hangs for ever and takes more of the host with it.`
        : `${bdf} must leave ${driver}, but ${holderList(holders)}, and which drive that is cannot be told. An unbind under a process that does not answer hangs for ever.`,
    remedy: ({ holders }) =>
      `Stop it first: \`kill ${pids(holders)}\` (an SPDK that still answers: \`rpc.py spdk_kill_instance SIGTERM\`), \`kill -9\` if it does not end; then plan again.`,
  }),
}

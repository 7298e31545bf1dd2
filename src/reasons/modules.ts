import { tell } from './reason.ts'
import { type Saying, takeAway, told } from './saying.ts'

/** Reasons about what a host forbids: modules, a locked-down kernel, drives behind a VMD. */
export const moduleReasons = {
  MODULE_BLOCKED: tell<{ module: string; said: Saying }>({
    severity: 'block',
    title: 'The configuration of the host keeps a driver from being loaded.',
    symptoms: [
      'modprobe: ERROR: could not insert',
      'Operation not permitted',
      "Error running install command '/bin/false'",
    ],
    message: ({ module, said }) =>
      `The module ${module} is there but may not be loaded: ${told(said)}. \`modprobe ${module}\` would fail, or do nothing and report success. Somebody wanted this.`,
    remedy: ({ said }) => `${takeAway(said)}. Ask who forbade it first.`,
  }),
  MODULE_BLACKLISTED: tell<{ module: string; bdf: string; said: Saying }>({
    severity: 'warn',
    title: 'After a reboot nothing loads the driver by itself.',
    message: ({ module, bdf, said }) =>
      `${bdf} goes back to ${module}, which is loaded for that, but ${told(said)}: after a reboot nothing loads ${module} by itself, and the drive has no driver.`,
    remedy: ({ said }) => `${takeAway(said)}.`,
  }),
  LOCKDOWN: tell<{ bdf: string; driver: string; mode: string }>({
    severity: 'block',
    title: 'The kernel is locked down, and a uio driver is of no use.',
    symptoms: ['Lockdown: direct PCI access is restricted', 'Operation not permitted', 'EAL: Cannot mmap'],
    message: ({ bdf, driver, mode }) =>
      `The kernel is locked down (${mode}), as it is under Secure Boot: it lets no program map the registers of a device through sysfs, which is how SPDK reaches ${bdf} on ${driver}.${driver === 'igb_uio' ? ' It loads no unsigned module either.' : ''} The bind would succeed and the attach would fail.`,
    remedy: () =>
      'Use `driver: vfio-pci`, which works under lockdown; it needs the IOMMU switched on. Otherwise switch Secure Boot off in the firmware.',
  }),
  DRIVE_BEHIND_VMD: tell<{ bdf: string; controllers: string[] }>({
    severity: 'block',
    title: 'The drive is behind an Intel VMD, from which it cannot be taken alone.',
    symptoms: [
      'EAL: failed to parse device',
      'Skipping not allowed VMD controller',
      'NVMe ctrlr scan failed',
    ],
    message: ({ bdf, controllers }) =>
      `${bdf} is behind an Intel VMD (${controllers.length === 0 ? 'its controller was not found' : `here: ${controllers.join(', ')}`}): its DMA and interrupts are those of the VMD controller, and DPDK does not even read an address like this. SPDK takes a VMD controller as a whole, with all its drives; this version does not hand those over.`,
    remedy: ({ bdf }) =>
      `Switch VMD off for this slot in the firmware: the drive then has an ordinary address. \`readlink -f /sys/bus/pci/devices/${bdf}\` shows the controller it is behind. How SPDK takes that controller with all its drives, when nothing uses any of them: https://spdk.io/doc/vmd.html.`,
  }),
}

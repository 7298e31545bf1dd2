/**
 * Where each guard is seen to work on a real kernel: the lab suite and the title of the test, or why there is none.
 * The planner's guards by their names in src/plan.
 */
export const labScenarios: Record<string, { suite: string; title: string } | { none: string }> = {
  system: { suite: 'references', title: 'where the kernel dumps to is a system device' },
  unreadable: {
    suite: 'in-use',
    title: 'that an unbind hangs on is named within seconds, and the other drives are none the worse',
  },
  identity: { suite: 'main-job', title: 'refuses a drive whose serial is not the declared one' },
  shared: { none: 'no guest with two controllers on one namespace yet; fabricated facts only' },
  mounts: { suite: 'main-job', title: 'is refused, with what is mounted where, and nothing is touched' },
  swap: { suite: 'main-job', title: 'is refused as a system drive is not: swap in use is named as swap' },
  holders: {
    suite: 'main-job',
    title: 'sees a filesystem that is mounted through a loop device, also where the drive may be released',
  },
  foreignMounts: {
    suite: 'in-use',
    title: 'names who has mounted it in another mount namespace, where the host shows nothing',
  },
  mountParts: {
    suite: 'in-use',
    title: 'knows the log device of an XFS that is mounted from another drive',
  },
  loopFiles: { suite: 'in-use', title: 'names a file on it that is in use through a loop device' },
  exports: { suite: 'in-use', title: 'sees what nvmet serves, and its remedy works' },
  openFiles: { suite: 'in-use', title: 'names every process that has a node of it open' },
  held: { suite: 'in-use', title: 'is not given back while they are' },
  signatures: { suite: 'setup-sh', title: 'two superblocks on one disk' },
  restore: { none: 'fabricated facts only' },
  binding: {
    suite: 'main-job',
    title: 'refuses vfio-pci, and says why it would leave the drive without a driver',
  },
  iommuGroup: {
    suite: 'main-job',
    title: 'hands over two drives of one IOMMU group together, and refuses one alone',
  },
  modules: { suite: 'references', title: 'a module that may not be loaded, which modprobe proves' },
  lockdown: { none: 'the guests boot without Secure Boot; fabricated facts only' },
  vmd: { none: 'QEMU has no VMD; fabricated facts only' },
  driverctl: { suite: 'references', title: 'a rule of driverctl' },
  references: { suite: 'references', title: 'fstab by UUID: warned with the line' },
  root: { none: 'the same probe without root is a captured answer of a guest: test/fixtures/probe' },
  unfinished: { suite: 'recovery', title: 'nothing is planned on top of it, and everything is taken back' },
  persist: { none: 'it says what this version does not do' },
  vfioIds: { suite: 'references', title: 'ids given to vfio-pci' },
  hugepages: { suite: 'references', title: 'another writer of hugepages, and who wins' },
}

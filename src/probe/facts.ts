import { z } from 'zod'
import { factOf } from './fact.ts'

/**
 * Facts: what one probe saw on one host. Strings that came from a host may hold any byte: bytes that are not
 * UTF-8 are kept as lone surrogates U+DC80..U+DCFF (see bytes.ts), so they survive a round trip to the host.
 * Sizes are bytes unless the name says KiB. Kernel names (`nvme0n1`) and device numbers may differ after each
 * bind and boot; nothing is recognised by them.
 */

/** A superblock or partition table that libblkid recognises, or SPDK's own, found on a disk or partition. */
export const signatureSchema = z.object({
  /** libblkid's name: `ext4`, `LVM2_member`, `linux_raid_member`, `crypto_LUKS`, `zfs_member`, `gpt`, `dos`; `spdk_blobstore` is ours. */
  type: z.string(),
  /** Byte offset as wipefs prints it, e.g. `0x438`. */
  offset: z.string(),
})

/** Fields that a namespace and a partition share: a thing under /dev that can be mounted or stacked on. */
const blockFields = {
  /** Kernel name under /dev, e.g. `nvme0n1p1`. */
  name: z.string(),
  /** `major:minor`. */
  majmin: z.string(),
  sizeBytes: z.number(),
  /** Kernel names of what is stacked on it (dm, md, bcache), from sysfs `holders`. */
  holders: z.array(z.string()),
  /** Known and empty: blank as far as libblkid can tell. */
  signatures: factOf(z.array(signatureSchema)),
}

export const partitionSchema = z.object({ number: z.number(), ...blockFields })

export const namespaceSchema = z.object({
  nsid: z.number(),
  ...blockFields,
  uuid: factOf(z.string()),
  nguid: factOf(z.string()),
  eui: factOf(z.string()),
  /** Sorted by number. */
  partitions: z.array(partitionSchema),
})

/** The kernel's view of an NVMe controller; there only while the `nvme` driver has it. */
export const controllerSchema = z.object({
  /** Kernel name, e.g. `nvme0`. */
  name: z.string(),
  model: z.string(),
  serial: z.string(),
  firmware: z.string(),
  /** `live` when it serves I/O. */
  state: z.string(),
})

/** Filesystem mounts and swap of a drive that were taken down when it was handed over, so `release` can bring them back. */
export const takenMountSchema = z.object({
  nsid: z.number(),
  /** Partition number, 0 for the whole namespace. */
  partition: z.number(),
  target: z.string(),
  fstype: z.string(),
  options: z.string(),
  /** Path inside the filesystem that was mounted; `/` but for bind mounts and subvolumes. */
  root: z.string(),
})
export const takenSwapSchema = z.object({ nsid: z.number(), partition: z.number(), priority: z.number() })

/**
 * One device that was stacked on drives and closed when they were handed over, so that `release` can open it again.
 * `ref` and `on` are names that outlive a rebind, see plan/block-ref.ts.
 */
const layerFields = {
  ref: z.string(),
  /** Name under /dev/mapper, for md the kernel name. */
  name: z.string(),
  sizeBytes: z.number(),
  /** What it lies on directly, sorted. */
  on: z.array(z.string()),
  /** BDFs of all drives at its bottom, sorted. */
  drives: z.array(z.string()),
}
export const takenLayerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lvm'), ...layerFields, group: z.string(), volume: z.string() }),
  z.object({
    kind: z.literal('luks'),
    ...layerFields,
    /** Path of the file that holds the key, never the key. */
    keyFile: z.string(),
    /** Options of cryptsetup(8) that its line in crypttab stands for. */
    flags: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('md'),
    ...layerFields,
    level: z.string(),
    metadata: z.string(),
    /** Its partitions, by number: the kernel finds them again by itself. */
    partitions: z.array(z.object({ number: z.number(), sizeBytes: z.number() })),
  }),
])
export const takenStackSchema = z.object({
  /** What lies below comes first. */
  layers: z.array(takenLayerSchema),
  /** `on` is the ref of a layer, or of a partition of one. In the order in which they were mounted. */
  mounts: z.array(
    z.object({ on: z.string(), ...takenMountSchema.omit({ nsid: true, partition: true }).shape }),
  ),
  swaps: z.array(
    z.object({ on: z.string(), ...takenSwapSchema.omit({ nsid: true, partition: true }).shape }),
  ),
})

const driveFields = {
  /** Canonical: lower case, with domain, e.g. `0000:5e:00.0`. */
  bdf: z.string(),
  /** `vendor:device` and `subvendor:subdevice`, four hex digits each. */
  ids: z.string(),
  subsystemIds: z.string(),
  /** Absent where the platform gives none (-1). */
  numaNode: factOf(z.number()),
  /** Absent: no driver is bound. */
  driver: factOf(z.string()),
  /** Absent: none is set (`(null)` in sysfs). */
  driverOverride: factOf(z.string()),
  /** Absent: the host has no IOMMU groups. */
  iommuGroup: factOf(z.number()),
  /** Absent unless `driver` is `nvme`. */
  controller: factOf(controllerSchema),
  /** Sorted by nsid; empty unless `driver` is `nvme`. */
  namespaces: z.array(namespaceSchema),
}

/** What the host's own record says of a drive that provision handed over: who it was and what to restore. */
export const handOverSchema = z.object({
  /** 2 where there is a `stack`: what knows only format 1 must not take such a record for one without. */
  format: z.union([z.literal(1), z.literal(2)]),
  run: z.string(),
  /** ISO 8601, clock of the machine that ran provision. */
  at: z.string(),
  /** The driver it came from, `nvme` in nearly every case; null when it had none. */
  from: z.string().nullable(),
  /** The drive's facts as they were; the only source of its serial while it is on vfio-pci. */
  drive: z.object(driveFields),
  /** In the order in which they were mounted. */
  mounts: z.array(takenMountSchema),
  swaps: z.array(takenSwapSchema),
  /** Links by which udev named its blocks, to know lines of fstab and the like again; left out when there were none. */
  aliases: z.array(z.string()).optional(),
  /** Of a stack that lies on several drives, each one's record has it. */
  stack: takenStackSchema.optional(),
})

/** One PCI NVMe controller (class 0x0108xx). */
export const driveSchema = z.object({
  ...driveFields,
  /** The record at /var/lib/provision/drives/<BDF>.json; absent when provision did not hand it over. */
  record: factOf(handOverSchema),
})

/** Any other PCI function, kept to judge IOMMU groups and to say what a wrong BDF really is. */
export const pciFunctionSchema = z.object({
  bdf: z.string(),
  /** As sysfs has it, e.g. `0x020000`. */
  class: z.string(),
  ids: z.string(),
  driver: factOf(z.string()),
  iommuGroup: factOf(z.number()),
})

/** What the kernel says of an md array. */
export const raidSchema = z.object({
  /** `raid1`; empty for an array that is only being put together. */
  level: z.string(),
  /** `1.2`, `0.90`, `external:imsm`, `none`. */
  metadata: z.string(),
  /** `clean`, `active`, `readonly`, `inactive`, … */
  state: z.string(),
  /** Members that are missing. */
  degraded: z.number(),
})

/** A block device that is not an NVMe namespace or partition: dm, md, loop, bcache, SCSI. For following stacks. */
export const blockDeviceSchema = z.object({
  name: z.string(),
  majmin: z.string(),
  sizeBytes: z.number(),
  /** Kernel names of what it lies on; a partition lies on its disk, a loop device on nothing here. */
  slaves: z.array(z.string()),
  holders: z.array(z.string()),
  /** Name under /dev/mapper; absent unless device-mapper. */
  dmName: factOf(z.string()),
  /** dm UUID such as `CRYPT-LUKS2-…`, `LVM-…`; absent unless device-mapper. */
  dmUuid: factOf(z.string()),
  /** Absent unless md. */
  raid: factOf(raidSchema),
})

/** One line of mountinfo, octal escapes decoded. In the order of the file: later ones are mounted over earlier. */
export const mountSchema = z.object({
  majmin: z.string(),
  root: z.string(),
  target: z.string(),
  fstype: z.string(),
  source: z.string(),
  /** Per-mount and superblock options merged, comma separated, fit to be given to mount(8). */
  options: z.string(),
})

/** A mount that processes in another mount namespace see: a container, or a service with mounts of its own. */
export const otherMountSchema = z.object({
  /** A process in that namespace, the one with the lowest id, and its name (/proc/PID/comm). */
  pid: z.number(),
  command: z.string(),
  /**
   * The mount point here whose unmounting takes this copy down too, by propagation; null when nothing here does, or
   * that cannot be told.
   */
  goesWith: z.string().nullable(),
  mount: mountSchema,
})

/** A node of a drive, or of something that may lie on one, that a process has open (/proc/PID/fd). */
export const openFileSchema = z.object({ pid: z.number(), command: z.string(), path: z.string() })

/** A block device or file that the kernel serves to other machines by itself, without a process that has it open. */
export const exportSchema = z.object({
  by: z.enum(['nvmet', 'lio']),
  /** Its folder below /sys/kernel/config/nvmet or /sys/kernel/config/target, e.g. `subsystems/NQN/namespaces/1`. */
  name: z.string(),
  /** As it was configured; may be a link, see `resolved`. */
  path: z.string(),
})

export const swapSchema = z.object({
  /** Path as /proc/swaps has it, escapes decoded. */
  path: z.string(),
  /** `partition` or `file`. */
  type: z.string(),
  /** `major:minor` of a swap partition; null when it could not be found. */
  majmin: z.string().nullable(),
  priority: z.number(),
})

export const hugepagePoolSchema = z.object({
  /** 2048 or 1048576 on x86. */
  sizeKiB: z.number(),
  /** NUMA node; null on a kernel without NUMA, where the pool is the whole host's. */
  node: z.number().nullable(),
  total: z.number(),
  free: z.number(),
})

export const numaNodeSchema = z.object({ id: z.number(), memTotalKiB: z.number(), memFreeKiB: z.number() })

/** `builtin` and `loaded` are usable now, `available` after modprobe, `missing` not at all. */
export const moduleStateSchema = z.enum(['builtin', 'loaded', 'available', 'missing'])
export const kernelModules = ['nvme', 'vfio-pci', 'vfio_iommu_type1', 'uio_pci_generic', 'igb_uio'] as const

/** A run that was begun on this host and has not told how it ended. */
export const unfinishedRunSchema = z.object({
  run: z.string(),
  /** One line: who began it, from where, since when. */
  holder: z.string(),
  /** What became of the process that carries it out; `other_boot`: it went with an earlier boot. */
  agent: z.enum(['alive', 'gone', 'other_boot']),
  /** The last event of a step in its journal, e.g. `step/4 begin`; null before the first. */
  at: z.string().nullable(),
})

/** A line of a configuration file that is no comment, see agent/probe/config.sh for which files and lines. */
export const configLineSchema = z.object({
  file: z.string(),
  /** From 1. */
  line: z.number(),
  text: z.string(),
})

export const factsSchema = z.object({
  hostname: factOf(z.string()),
  /** `Linux` where anything else is true of these facts. */
  kernelName: z.string(),
  kernelRelease: factOf(z.string()),
  machineId: factOf(z.string()),
  bootId: factOf(z.string()),
  cmdline: factOf(z.string()),
  /** Effective user id of the probe; not 0 means that much is unreadable. */
  uid: z.number(),
  /** `none`, `integrity` or `confidentiality`; absent when the kernel has no lockdown. */
  lockdown: factOf(z.string()),
  iommu: z.object({
    /** Hardware units under /sys/class/iommu, e.g. `dmar0`. */
    units: z.array(z.string()),
    /** Domain types in use by NVMe drives' groups, e.g. `DMA-FQ`, `identity`. */
    groupTypes: z.record(z.string(), z.string()),
    /** /sys/module/vfio/parameters/enable_unsafe_noiommu_mode is `Y`. */
    unsafeNoIommu: z.boolean(),
  }),
  modules: z.record(z.enum(kernelModules), factOf(moduleStateSchema)),
  /** Sorted by id; empty on a kernel without NUMA. */
  numaNodes: z.array(numaNodeSchema),
  /** Sorted by node, then size. */
  hugepages: factOf(z.array(hugepagePoolSchema)),
  /** NVMe controllers, sorted by BDF. */
  drives: z.array(driveSchema),
  /** All other PCI functions, sorted by BDF. */
  functions: z.array(pciFunctionSchema),
  /** Block devices that are not NVMe, sorted by name. */
  blockDevices: z.array(blockDeviceSchema),
  mounts: factOf(z.array(mountSchema)),
  swaps: factOf(z.array(swapSchema)),
  /** Mounts in other mount namespaces that may concern drives: on block devices, btrfs. */
  otherMounts: factOf(z.array(otherMountSchema)),
  /** Each path once a process. Only nodes of drives and of what is stacked: nvme, ng, vfio, uio, dm, md, loop, bcache. */
  openFiles: factOf(z.array(openFileSchema)),
  /** Enabled exports of nvmet and LIO. */
  exports: factOf(z.array(exportSchema)),
  /** File under a loop device, by kernel name of the loop device; those over block devices have `slaves` instead. */
  loopFiles: z.record(z.string(), z.string()),
  /** BDF of the drive behind a node of its own, such as /dev/uio0 or /dev/vfio/devices/vfio3. */
  driverNodes: z.record(z.string(), z.string()),
  /** Where a link leads whose path the kernel was given, in an export or a mount option, e.g. /dev/disk/by-id/… */
  resolved: z.record(z.string(), z.string()),
  /** Members of mounted btrfs filesystems (kernel names), which mountinfo does not name by device number. */
  btrfsMembers: factOf(z.array(z.string())),
  /** `major:minor` of the device the kernel resumes from; absent when none. */
  resume: factOf(z.string()),
  /** Owner of device nodes under /dev/vfio and /dev/uio*, `user:group` by path. */
  nodeOwners: z.record(z.string(), z.string()),
  /** `user:group` (primary) of each user that was asked about; absent: there is no such user. */
  users: z.record(z.string(), factOf(z.string())),
  /**
   * Kernel names by path of the udev link: all of by-uuid, by-label, by-partuuid, by-partlabel and /dev/md; of other
   * folders under /dev/disk those that a configuration file names. Empty on a host without udev.
   */
  aliases: factOf(z.record(z.string(), z.string())),
  /** Sorted by file, then line. */
  configLines: factOf(z.array(configLineSchema)),
  /** Text of /run/provision/lock/owner; absent when nobody holds the lock. */
  lock: factOf(z.string()),
  /** Sorted by run. */
  unfinished: factOf(z.array(unfinishedRunSchema)),
})

export type Signature = z.infer<typeof signatureSchema>
export type Partition = z.infer<typeof partitionSchema>
export type Namespace = z.infer<typeof namespaceSchema>
export type Controller = z.infer<typeof controllerSchema>
export type TakenMount = z.infer<typeof takenMountSchema>
export type TakenSwap = z.infer<typeof takenSwapSchema>
export type TakenLayer = z.infer<typeof takenLayerSchema>
export type TakenStack = z.infer<typeof takenStackSchema>
export type Raid = z.infer<typeof raidSchema>
export type HandOver = z.infer<typeof handOverSchema>
export type Drive = z.infer<typeof driveSchema>
export type PciFunction = z.infer<typeof pciFunctionSchema>
export type BlockDevice = z.infer<typeof blockDeviceSchema>
export type Mount = z.infer<typeof mountSchema>
export type OtherMount = z.infer<typeof otherMountSchema>
export type OpenFile = z.infer<typeof openFileSchema>
export type Export = z.infer<typeof exportSchema>
export type Swap = z.infer<typeof swapSchema>
export type HugepagePool = z.infer<typeof hugepagePoolSchema>
export type NumaNode = z.infer<typeof numaNodeSchema>
export type ModuleState = z.infer<typeof moduleStateSchema>
export type ConfigLine = z.infer<typeof configLineSchema>
export type KernelModule = (typeof kernelModules)[number]
export type UnfinishedRun = z.infer<typeof unfinishedRunSchema>
export type HostFacts = z.infer<typeof factsSchema>

import { createHash } from 'node:crypto'
import { absent, known } from '../probe/fact.ts'
import type { Drive, Namespace, Partition } from '../probe/facts.ts'

/** A drive as it is sold. */
export interface DriveModel {
  model: string
  /** What its serial numbers begin with. */
  serialPrefix: string
  firmware: string
  ids: string
  subsystemIds: string
  sizeBytes: number
}

export const models = {
  samsung: {
    model: 'SAMSUNG MZQL23T8HCLS-00A07',
    serialPrefix: 'S64HNE0',
    firmware: 'GDC5902Q',
    ids: '144d:a80a',
    subsystemIds: '144d:a814',
    sizeBytes: 3_840_755_982_336,
  },
  micron: {
    model: 'Micron_7450_MTFDKCC7T6TFR',
    serialPrefix: '2234381',
    firmware: 'E2MU200',
    ids: '1344:51c3',
    subsystemIds: '1344:2b00',
    sizeBytes: 7_681_501_126_656,
  },
  intel: {
    model: 'INTEL SSDPE2KX040T8',
    serialPrefix: 'BTLJ103',
    firmware: 'VDV10184',
    ids: '8086:0a54',
    subsystemIds: '8086:4712',
    sizeBytes: 4_000_787_030_016,
  },
} satisfies Record<string, DriveModel>

/** Where a drive sits, and what is on it. */
export interface Slot {
  bdf: string
  numaNode: number
  iommuGroup: number
  /** Number of its controller, `nvme3`, while the kernel has it. */
  index: number
  content: SlotContent
}

export type SlotContent =
  | { kind: 'blank' }
  /** A filesystem over the whole drive. */
  | { kind: 'xfs' }
  /** The system: an EFI partition and the root filesystem. */
  | { kind: 'system' }

/** A drive on the kernel's driver, never handed over. */
export function simDrive(model: DriveModel, serial: string, slot: Slot): Drive {
  return {
    bdf: slot.bdf,
    ids: model.ids,
    subsystemIds: model.subsystemIds,
    numaNode: known(slot.numaNode),
    driver: known('nvme'),
    driverOverride: absent,
    iommuGroup: known(slot.iommuGroup),
    controller: known({
      name: `nvme${slot.index}`,
      model: model.model,
      serial,
      firmware: model.firmware,
      state: 'live',
    }),
    namespaces: [namespaceOf(model, serial, slot)],
    record: absent,
  }
}

/** A serial that no other drive of any simulated host has. */
export function serialFor(model: DriveModel, host: string, bdf: string): string {
  const digest = createHash('sha256').update(`${host} ${bdf}`).digest('hex')
  return model.serialPrefix + digest.slice(0, 7).toUpperCase()
}

/** `major:minor` of a slot's namespace; 259 is what the kernel gives to NVMe disks. */
export function majminOf(slot: Pick<Slot, 'index'>, partition = 0): string {
  return `259:${slot.index * 16 + partition}`
}

function namespaceOf(model: DriveModel, serial: string, slot: Slot): Namespace {
  const eui = createHash('sha256').update(serial).digest('hex').slice(0, 16)
  return {
    nsid: 1,
    name: `nvme${slot.index}n1`,
    majmin: majminOf(slot),
    sizeBytes: model.sizeBytes,
    holders: [],
    signatures: known(signatures[slot.content.kind]),
    uuid: absent,
    nguid: absent,
    eui: known(`eui.${eui}`),
    partitions: slot.content.kind === 'system' ? systemPartitions(model, slot) : [],
  }
}

const signatures = {
  blank: [],
  xfs: [{ type: 'xfs', offset: '0x0' }],
  system: [
    { type: 'gpt', offset: '0x200' },
    { type: 'PMBR', offset: '0x1fe' },
  ],
}

const EFI_BYTES = 512 << 20

function systemPartitions(model: DriveModel, slot: Slot): Partition[] {
  const partition = (number: number, type: string, offset: string, sizeBytes: number): Partition => ({
    number,
    name: `nvme${slot.index}n1p${number}`,
    majmin: majminOf(slot, number),
    sizeBytes,
    holders: [],
    signatures: known([{ type, offset }]),
  })
  return [
    partition(1, 'vfat', '0x36', EFI_BYTES),
    partition(2, 'ext4', '0x438', model.sizeBytes - EFI_BYTES - (2 << 20)),
  ]
}

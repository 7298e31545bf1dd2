import fc, { type GeneratorValue } from 'fast-check'
import { absent, type Fact, known, unreadable } from '../../src/probe/fact.ts'
import type { Controller, Drive, HandOver, Namespace, Partition, Signature } from '../../src/probe/facts.ts'
import { arbitraryFact, hostPath, hostText, readableFact, word } from './arbitrary-text.ts'

/** What drives draw from; device numbers and controller numbers are unique on a host. */
export interface Draw {
  g: GeneratorValue
  /** True: no fact is unreadable. */
  readable: boolean
  nextMinor(): number
  nextController(): number
}

/** A fact in a state that the draw allows. */
export function drawFact<T>({ g, readable }: Draw, value: fc.Arbitrary<T>): Fact<T> {
  return g(() => (readable ? readableFact(value) : arbitraryFact(value)))
}

/** A drive on one of the drivers that a drive is found on; on `nvme` it has namespaces and partitions. */
export function drawDrive(draw: Draw, bdf: string, group: Fact<number>): Drive {
  const { g } = draw
  const driver = drawDriver(draw)
  const onNvme = driver.state === 'known' && driver.value === 'nvme'
  const body = onNvme ? drawKernelSide(draw) : { controller: absent, namespaces: [] }
  const drive = {
    bdf,
    ids: g(() => idPair),
    subsystemIds: g(() => idPair),
    numaNode: drawFact(draw, fc.nat({ max: 1 })),
    driver,
    driverOverride: drawFact(draw, fc.constantFrom('vfio-pci', 'nvme')),
    iommuGroup: group,
    ...body,
  }
  return { ...drive, record: onNvme ? absent : drawRecord(draw, drive) }
}

// Made once: making an arbitrary costs more than drawing from it.
const hex = (digits: number) =>
  fc.bigInt({ min: 1n, max: 16n ** BigInt(digits) - 1n }).map((n) => n.toString(16).padStart(digits, '0'))
const nguid = hex(32)
const eui = hex(16)
const uuid = fc.uuid()
const serial = fc.oneof(
  hex(12).map((text) => `S5X${text.toUpperCase()}`),
  hostText,
)
export const idPair = fc.tuple(hex(4), hex(4)).map((ids) => ids.join(':'))

function drawDriver({ g, readable }: Draw): Fact<string> {
  const states: Fact<string>[] = [
    known('nvme'),
    known('nvme'),
    known('nvme'),
    known('vfio-pci'),
    known('uio_pci_generic'),
    absent,
  ]
  if (!readable) states.push(unreadable('driver leads nowhere'))
  return g(() => fc.constantFrom(...states))
}

function drawKernelSide(draw: Draw): { controller: Fact<Controller>; namespaces: Namespace[] } {
  const { g, readable } = draw
  const name = `nvme${draw.nextController()}`
  const controller: Fact<Controller> =
    readable || g(fc.nat, { max: 9 }) > 0
      ? known(drawController(draw, name))
      : unreadable('serial cannot be read')
  const count = g(() => fc.constantFrom(1, 1, 1, 0, 2))
  const namespaces = Array.from({ length: count }, (_, index) =>
    drawNamespace(draw, `${name}n${index + 1}`, index + 1),
  )
  return { controller, namespaces }
}

function drawController({ g }: Draw, name: string): Controller {
  return {
    name,
    model: g(() => hostText),
    serial: g(() => serial),
    firmware: g(() => word),
    state: g(() => fc.constantFrom('live', 'live', 'resetting')),
  }
}

function drawNamespace(draw: Draw, name: string, nsid: number): Namespace {
  const { g } = draw
  const count = g(() => fc.constantFrom(0, 0, 1, 2))
  return {
    nsid,
    ...drawBlock(draw, name),
    uuid: drawFact(draw, uuid),
    nguid: drawFact(draw, nguid),
    eui: drawFact(draw, eui),
    partitions: Array.from({ length: count }, (_, index) => drawPartition(draw, name, index + 1)),
  }
}

function drawPartition(draw: Draw, disk: string, number: number): Partition {
  return { number, ...drawBlock(draw, `${disk}p${number}`) }
}

function drawBlock(draw: Draw, name: string) {
  return {
    name,
    majmin: `259:${draw.nextMinor()}`,
    sizeBytes: draw.g(fc.integer, { min: 1, max: 2 ** 33 }) * 512,
    holders: [],
    signatures: drawSignatures(draw),
  }
}

function drawSignatures({ g, readable }: Draw): Fact<Signature[]> {
  // The two that test/support/fake-host.ts knows how to write.
  const plain: Signature[][] = [
    [],
    [],
    [{ type: 'spdk_blobstore', offset: '0x0' }],
    [{ type: 'crypto_LUKS', offset: '0x0' }],
  ]
  const rich: Signature[][] = [
    [{ type: 'ext4', offset: '0x438' }],
    [
      { type: 'gpt', offset: '0x200' },
      { type: 'PMBR', offset: '0x1fe' },
    ],
    [{ type: 'LVM2_member', offset: '0x218' }],
  ]
  if (readable) return known(g(() => fc.constantFrom(...plain)))
  if (g(fc.nat, { max: 9 }) === 0) return unreadable('wipefs is not installed (package util-linux)')
  return known(g(() => fc.constantFrom(...plain, ...rich)))
}

function drawRecord(draw: Draw, drive: Omit<Drive, 'record'>): Fact<HandOver> {
  const { g, readable } = draw
  const drawn = g(fc.nat, { max: 9 })
  if (drawn < 3) return absent
  if (drawn === 3 && !readable) return unreadable('the record is not JSON')
  const before = drawKernelSide(draw)
  const mounted = before.namespaces.slice(0, 1)
  return known({
    format: 1,
    run: g(() => word),
    at: '2025-11-23T05:45:00.000Z',
    from: 'nvme',
    drive: { ...drive, driver: known('nvme'), driverOverride: absent, ...before },
    mounts: mounted.map(({ nsid }) => ({
      nsid,
      partition: 0,
      target: g(() => hostPath),
      fstype: 'ext4',
      options: 'rw,noatime',
      root: '/',
    })),
    swaps: [],
  })
}

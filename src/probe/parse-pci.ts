import { compareBdf, isBdf } from './bdf.ts'
import { type Fact, known, mapFact, seen, unreadable } from './fact.ts'
import { type Controller, type Drive, type HandOver, handOverSchema, type PciFunction } from './facts.ts'
import { parseNamespaces } from './parse-blocks.ts'
import { integer, malformed, type Sheet } from './sheet.ts'

/** NVMe controllers of any programming interface, sorted by BDF. Throws PROBE_MALFORMED. */
export function parseDrives(sheet: Sheet): Drive[] {
  return bdfs(sheet, true).map((bdf) => parseDrive(sheet, bdf))
}

/** All other PCI functions, sorted by BDF. Throws PROBE_MALFORMED. */
export function parseFunctions(sheet: Sheet): PciFunction[] {
  return bdfs(sheet, false).map((bdf) => {
    const subject = `pci/${bdf}`
    return {
      bdf,
      class: sheet.need(subject, 'class'),
      ids: sheet.need(subject, 'ids'),
      ...binding(sheet, subject),
    }
  })
}

function bdfs(sheet: Sheet, nvme: boolean): string[] {
  return sheet
    .names('pci')
    .filter((bdf) => isDrive(sheet, bdf) === nvme)
    .sort(compareBdf)
}

function isDrive(sheet: Sheet, bdf: string): boolean {
  if (!isBdf(bdf)) throw malformed(`a PCI address: ${JSON.stringify(bdf.slice(0, 80))}`)
  return sheet.need(`pci/${bdf}`, 'class').startsWith('0x0108')
}

function binding(sheet: Sheet, subject: string): { driver: Fact<string>; iommuGroup: Fact<number> } {
  return { driver: sheet.fact(subject, 'driver'), iommuGroup: numberFact(sheet, subject, 'iommu_group') }
}

function numberFact(sheet: Sheet, subject: string, attribute: string): Fact<number> {
  return mapFact(sheet.fact(subject, attribute), (text) => known(integer(text, `${subject} ${attribute}`)))
}

function parseDrive(sheet: Sheet, bdf: string): Drive {
  const subject = `pci/${bdf}`
  return {
    bdf,
    ids: sheet.need(subject, 'ids'),
    subsystemIds: sheet.need(subject, 'subsystem_ids'),
    numaNode: numberFact(sheet, subject, 'numa_node'),
    ...binding(sheet, subject),
    driverOverride: sheet.fact(subject, 'driver_override'),
    controller: mapFact(sheet.fact(subject, 'controller'), (name) => parseController(sheet, subject, name)),
    namespaces: parseNamespaces(sheet, sheet.all(subject, 'namespace')),
    record: mapFact(sheet.fact(subject, 'record'), () =>
      parseRecord(sheet.all(subject, 'record').join('\n')),
    ),
  }
}

/** The kernel pads model and serial with spaces, as the drive does. */
function parseController(sheet: Sheet, subject: string, name: string): Fact<Controller> {
  const [model, serial, firmware, state] = ['model', 'serial', 'firmware', 'state'].map((attribute) =>
    sheet.fact(subject, attribute),
  )
  for (const fact of [model, serial, firmware, state]) if (fact?.state === 'unreadable') return fact
  const text = (fact: Fact<string> | undefined) => (fact === undefined ? '' : (seen(fact) ?? '')).trimEnd()
  return known({
    name,
    model: text(model),
    serial: text(serial),
    firmware: text(firmware),
    state: text(state),
  })
}

function parseRecord(json: string): Fact<HandOver> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return unreadable('the record is not JSON')
  }
  const record = handOverSchema.safeParse(value)
  if (record.success) return known(record.data)
  const issue = record.error.issues[0]
  return unreadable(`the record is not of a known form: ${issue?.path.join('.')}: ${issue?.message}`)
}

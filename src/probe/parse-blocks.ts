import { remember } from '../plan/remember.ts'
import { absent, type Fact, known, mapFact } from './fact.ts'
import type { BlockDevice, Namespace, Partition, Raid, Signature } from './facts.ts'
import { integer, malformed, type Sheet } from './sheet.ts'

/** The kernel counts in these whatever the drive's own block size is. */
const SECTOR_BYTES = 512

/** The namespaces with these kernel names, sorted by nsid, each with its partitions. Throws PROBE_MALFORMED. */
export function parseNamespaces(sheet: Sheet, names: string[]): Namespace[] {
  return names.map((name) => parseNamespace(sheet, name)).sort((a, b) => a.nsid - b.nsid)
}

/** Block devices that no NVMe drive of this host claims, sorted by name. Throws PROBE_MALFORMED. */
export function parseBlockDevices(sheet: Sheet): BlockDevice[] {
  return sheet
    .names('block')
    .filter((name) => !isNvme(sheet, name))
    .sort()
    .map((name) => {
      const subject = `block/${name}`
      return {
        ...blockCommon(sheet, name),
        slaves: sheet.all(subject, 'slave'),
        dmName: sheet.fact(subject, 'dm_name'),
        dmUuid: sheet.fact(subject, 'dm_uuid'),
        raid: parseRaid(sheet, name),
      }
    })
}

/** Of an array alone: its partitions have names like its own, and none of this. */
function parseRaid(sheet: Sheet, name: string): Fact<Raid> {
  const subject = `block/${name}`
  if (!name.startsWith('md')) return absent
  return mapFact(sheet.fact(subject, 'md_level'), (level) => {
    const text = (attribute: string) => sheet.all(subject, attribute).at(-1) ?? ''
    const degraded = integer(text('md_degraded') || '0', `${subject} md_degraded`)
    return known({ level, metadata: text('md_metadata'), state: text('md_state'), degraded })
  })
}

/** Only namespaces have an nsid and only their partitions name a disk. */
function isNvme(sheet: Sheet, name: string): boolean {
  return sheet.all(`block/${name}`, 'nsid').length > 0 || sheet.all(`block/${name}`, 'disk').length > 0
}

function parseNamespace(sheet: Sheet, name: string): Namespace {
  const subject = `block/${name}`
  const uuid = identifier(sheet, subject, 'uuid')
  const nguid = mapFact(identifier(sheet, subject, 'nguid'), (text) => known(text.replaceAll('-', '')))
  return {
    nsid: sheet.needNumber(subject, 'nsid'),
    ...blockCommon(sheet, name),
    signatures: parseSignatures(sheet, subject),
    // A namespace without a UUID shows its NGUID there, for the sake of old programs.
    uuid: mapFact(uuid, (text) => (sameIdentifier(text, nguid) ? absent : known(text))),
    nguid,
    eui: mapFact(identifier(sheet, subject, 'eui'), (text) => known(text.replaceAll(' ', ''))),
    partitions: parsePartitions(sheet, name),
  }
}

/** All zeros means that the drive has none. */
function identifier(sheet: Sheet, subject: string, attribute: string): Fact<string> {
  return mapFact(sheet.fact(subject, attribute), (text) => (/^[0 -]*$/.test(text) ? absent : known(text)))
}

function sameIdentifier(uuid: string, nguid: Fact<string>): boolean {
  return nguid.state === 'known' && uuid.replaceAll('-', '') === nguid.value
}

function parsePartitions(sheet: Sheet, disk: string): Partition[] {
  return (partitionNames(sheet).get(disk) ?? [])
    .map((name) => ({
      number: sheet.needNumber(`block/${name}`, 'partition'),
      ...blockCommon(sheet, name),
      signatures: parseSignatures(sheet, `block/${name}`),
    }))
    .sort((a, b) => a.number - b.number)
}

/** Names of partitions by their disk: sought once for all disks, as there may be thousands. */
const partitionNames = remember((sheet: Sheet): ReadonlyMap<string, string[]> => {
  const names = new Map<string, string[]>()
  for (const name of sheet.names('block')) {
    const disk = sheet.all(`block/${name}`, 'disk').at(-1)
    if (disk === undefined) continue
    const others = names.get(disk)
    if (others === undefined) names.set(disk, [name])
    else others.push(name)
  }
  return names
})

function blockCommon(sheet: Sheet, name: string) {
  const subject = `block/${name}`
  return {
    name,
    majmin: sheet.needMajmin(subject),
    sizeBytes: sheet.needNumber(subject, 'sectors') * SECTOR_BYTES,
    holders: sheet.all(subject, 'holder'),
  }
}

/** `0x438 ext4` */
function parseSignatures(sheet: Sheet, subject: string): Fact<Signature[]> {
  return mapFact(sheet.fact(subject, 'signatures'), () =>
    known(
      sheet.all(subject, 'signature').map((text) => {
        const space = text.indexOf(' ')
        if (space < 0) throw malformed(`a signature on ${subject}: ${JSON.stringify(text.slice(0, 80))}`)
        return { type: text.slice(space + 1), offset: text.slice(0, space) }
      }),
    ),
  )
}

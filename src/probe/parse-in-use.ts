import { known, mapFact } from './fact.ts'
import type { Export, HostFacts, OpenFile, OtherMount } from './facts.ts'
import { leader, parseTreeMount, type TreeMount } from './mount-tree.ts'
import { unescapeOctal } from './octal.ts'
import { integer, malformed, type Sheet } from './sheet.ts'

type InUse = Pick<
  HostFacts,
  'otherMounts' | 'openFiles' | 'exports' | 'loopFiles' | 'driverNodes' | 'resolved'
>

/** Who uses drives now, as the probe saw it. Throws PROBE_MALFORMED. */
export function parseInUse(sheet: Sheet): InUse {
  return {
    otherMounts: mapFact(sheet.fact('host', 'other_mounts'), () => known(parseOtherMounts(sheet))),
    openFiles: mapFact(sheet.fact('host', 'open_files'), () => known(parseOpenFiles(sheet))),
    exports: mapFact(sheet.fact('host', 'exports'), () => known(parseExports(sheet))),
    loopFiles: Object.fromEntries(
      sheet
        .names('block')
        .flatMap((name) => sheet.all(`block/${name}`, 'backing_file').map((path) => [name, path])),
    ),
    driverNodes: Object.fromEntries(
      sheet.names('pci').flatMap((bdf) => sheet.all(`pci/${bdf}`, 'node').map((path) => [path, bdf])),
    ),
    resolved: parseResolved(sheet),
  }
}

/** Subjects `other/PID`. The mount at / of a namespace is told only for the sake of what lies on it. */
function parseOtherMounts(sheet: Sheet): OtherMount[] {
  const ours = sheet.all('host', 'mount').map(parseTreeMount)
  return sheet.names('other').flatMap((name) => {
    const theirs = sheet.all(`other/${name}`, 'mount').map(parseTreeMount)
    const who = {
      pid: integer(name, 'a process'),
      command: sheet.all(`other/${name}`, 'command').at(-1) ?? '',
    }
    return theirs
      .filter(concernsDrives)
      .map((copy) => ({ ...who, goesWith: leader(copy, theirs, ours), mount: copy.mount }))
  })
}

/** btrfs has an anonymous device number, as has everything that lies on no block device. */
function concernsDrives({ mount }: TreeMount): boolean {
  return !mount.majmin.startsWith('0:') || mount.fstype === 'btrfs' || mount.source.startsWith('/dev/')
}

/** Subjects `open/PID`. */
function parseOpenFiles(sheet: Sheet): OpenFile[] {
  return sheet.names('open').flatMap((name) => {
    const command = sheet.all(`open/${name}`, 'command').at(-1) ?? ''
    const paths = new Set(sheet.all(`open/${name}`, 'path'))
    return [...paths].map((path) => ({ pid: integer(name, 'a process'), command, path }))
  })
}

/** Three lists side by side: names and paths may hold whatever separates things. */
function parseExports(sheet: Sheet): Export[] {
  const [kinds, names, paths] = ['by', 'name', 'path'].map((attribute) => sheet.all('export', attribute))
  if (kinds?.length !== names?.length || names?.length !== paths?.length) throw malformed('a list of exports')
  return (kinds ?? []).map((by, at) => {
    if (by !== 'nvmet' && by !== 'lio') throw malformed(`an export by ${JSON.stringify(by.slice(0, 80))}`)
    return { by, name: names?.[at] ?? '', path: paths?.[at] ?? '' }
  })
}

function parseResolved(sheet: Sheet): Record<string, string> {
  const [links, targets] = [sheet.all('resolved', 'link'), sheet.all('resolved', 'target')]
  if (links.length !== targets.length) throw malformed('a list of links')
  return Object.fromEntries(links.map((link, at) => [unescapeOctal(link), targets[at] ?? '']))
}

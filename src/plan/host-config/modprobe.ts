import type { HostFacts } from '../../probe/facts.ts'
import type { Saying } from '../../reasons/saying.ts'
import { kernelArguments } from './command-line.ts'
import { joinBackslashes, type LogicalLine, linesIn, wordsOf } from './lines.ts'

/** A line of modprobe.d(5): `options vfio-pci ids=…`. */
interface ModprobeLine {
  at: LogicalLine
  command: string
  /** With `_` for every `-`; may hold wildcards. */
  module: string
  words: string[]
}

function modprobeLines(facts: HostFacts): ModprobeLine[] {
  return joinBackslashes(linesIn(facts, /\/modprobe\.d\//)).map((at) => {
    const [command = '', module = '', ...words] = wordsOf(at.text)
    return { at, command, module: module.replaceAll('-', '_'), words }
  })
}

/** Modules that are loaded on the way to one, as far as they have names of their own in the kernels we meet. */
const needs: Record<string, string[]> = {
  nvme: ['nvme_core'],
  vfio_pci: ['vfio', 'vfio_pci_core', 'vfio_virqfd', 'irqbypass'],
  vfio_iommu_type1: ['vfio'],
  uio_pci_generic: ['uio'],
  igb_uio: ['uio'],
}

/**
 * What keeps `modprobe NAME` from loading a module that is there: an `install` line whose command loads nothing, for
 * the module or one it needs, or the kernel's own list. A `blacklist` line does not: it only keeps the module from
 * being loaded by what hardware is found. Null: nothing.
 */
export function loadObstacle(name: string, facts: HostFacts): Saying | null {
  const module = name.replaceAll('-', '_')
  const chain = [module, ...(needs[module] ?? [])]
  const install = modprobeLines(facts).find(
    ({ command, module: pattern, words }) =>
      command === 'install' && chain.some((one) => fits(pattern, one)) && !loads(words),
  )
  if (install !== undefined) return { in: 'file', at: install.at, text: install.at.text.trim() }
  // The kernel compares with the module's own name, which has underscores: another spelling forbids nothing.
  const listed = kernelArguments(facts).find(
    ({ key, value }) => key === 'module_blacklist' && value.split(',').some((one) => chain.includes(one)),
  )
  return listed === undefined ? null : { in: 'command line', text: listed.text }
}

/** What keeps the system from loading a module by itself when it finds the hardware at boot. Null: nothing. */
export function autoloadObstacle(name: string, facts: HostFacts): Saying | null {
  const module = name.replaceAll('-', '_')
  const line = modprobeLines(facts).find(
    ({ command, module: named }) => command === 'blacklist' && named === module,
  )
  if (line !== undefined) return { in: 'file', at: line.at, text: line.at.text.trim() }
  const listed = kernelArguments(facts).find(
    ({ key, value }) =>
      key === 'modprobe.blacklist' && value.split(',').some((one) => one.replaceAll('-', '_') === module),
  )
  return listed === undefined ? null : { in: 'command line', text: listed.text }
}

/** Ids that are given to vfio-pci for whatever drive has them. */
export interface GivenIds {
  said: Saying
  /** `vendor:device`, or `vendor:device:subvendor:subdevice` and more; lower case. */
  ids: string[]
}

export function vfioIds(facts: HostFacts): GivenIds[] {
  const given: GivenIds[] = []
  for (const { at, command, module, words } of modprobeLines(facts)) {
    if (command !== 'options' || module !== 'vfio_pci') continue
    for (const word of words) {
      const ids = /^ids=(.*)$/.exec(word.replaceAll('"', ''))?.[1]
      if (ids !== undefined) given.push({ said: { in: 'file', at, text: at.text.trim() }, ids: idList(ids) })
    }
  }
  for (const { key, value, text } of kernelArguments(facts))
    if (key === 'vfio_pci.ids') given.push({ said: { in: 'command line', text }, ids: idList(value) })
  return given
}

/** Whether an id given to vfio-pci is that of a drive; `ffffffff` stands for any. */
export function isIdOf(id: string, drive: { ids: string; subsystemIds: string }): boolean {
  const own = [...drive.ids.split(':'), ...drive.subsystemIds.split(':')].map(number)
  const wanted = id.split(':').slice(0, 4).map(number)
  return wanted.length >= 2 && wanted.every((part, at) => part === own[at] || part === 0xffffffff)
}

const number = (hex: string) => Number.parseInt(hex, 16)
const idList = (text: string) =>
  text
    .toLowerCase()
    .split(',')
    .filter((id) => id.includes(':'))

/** An `install` command that runs modprobe for the module itself, past this line, does load it. */
function loads(words: string[]): boolean {
  return words.some((word) => /(^|\/)insmod$/.test(word) || word === '--ignore-install' || word === '-i')
}

/** As fnmatch(3). A pattern that cannot be understood fits: unknown means no. */
function fits(pattern: string, name: string): boolean {
  if (!/[*?[]/.test(pattern)) return pattern === name
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('[!', '[^')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  try {
    return new RegExp(`^${source}$`).test(name)
  } catch {
    return true
  }
}

import type { HostFacts } from './facts.ts'
import { renderCopies } from './mount-tree.ts'
import { escapeOctal } from './octal.ts'
import type { Page } from './render-facts.ts'

/** The inverse of parse-in-use.ts. */
export function renderInUse(page: Page, facts: HostFacts): void {
  page.headed('host', 'other_mounts', facts.otherMounts, (mounts) => {
    for (const [pid, copies] of byProcess(mounts)) {
      page.known(`other/${pid}`, 'command', copies[0]?.command ?? '')
      page.all(`other/${pid}`, 'mount', renderCopies(copies))
    }
  })
  page.headed('host', 'open_files', facts.openFiles, (files) => {
    for (const [pid, open] of byProcess(files)) {
      page.known(`open/${pid}`, 'command', open[0]?.command ?? '')
      page.all(
        `open/${pid}`,
        'path',
        open.map(({ path }) => path),
      )
    }
  })
  page.headed('host', 'exports', facts.exports, (exports) => {
    for (const { by, name, path } of exports) {
      page.known('export', 'by', by)
      page.known('export', 'name', name)
      page.known('export', 'path', path)
    }
  })
  for (const [name, path] of Object.entries(facts.loopFiles))
    page.known(`block/${name}`, 'backing_file', path)
  for (const [path, bdf] of Object.entries(facts.driverNodes)) page.known(`pci/${bdf}`, 'node', path)
  for (const [link, target] of Object.entries(facts.resolved)) {
    page.known('resolved', 'link', escapeOctal(link))
    page.known('resolved', 'target', target)
  }
}

function byProcess<T extends { pid: number }>(list: readonly T[]): Map<number, T[]> {
  const processes = new Map<number, T[]>()
  for (const one of list) processes.set(one.pid, [...(processes.get(one.pid) ?? []), one])
  return processes
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probeScript } from '../../src/agent/scripts.ts'
import { countProcesses } from '../support/count-processes.ts'
import { plantHost } from '../support/fake-host.ts'
import { largeHost } from '../support/large-host.ts'
import { isInstalled, shells } from '../support/run-sh.ts'
import type { Row } from './table.ts'

/** Processes that one probe starts, in the worst of the shells, as the host grows. */
export async function probeProcesses(): Promise<Row[]> {
  const sizes = [
    { functions: 4, drives: 2 },
    { functions: 24, drives: 12 },
    { functions: 300, drives: 24 },
  ]
  return sizes.map((size) => {
    const root = mkdtempSync(join(tmpdir(), 'provision-bench-tree-'))
    try {
      plantHost(root, largeHost(size))
      const script = probeScript({ nonce: 'n0', users: ['spdk'], root })
      const counts = shells.filter(isInstalled).map((shell) => countProcesses(shell, script))
      const most = Math.max(...counts)
      return {
        what: `processes started by the probe, ${size.functions} PCI functions of which ${size.drives} NVMe`,
        figure: `${most} (the most of dash, bash, busybox ash)`,
        aim: 'at most 13',
        met: most <= 13,
      }
    } finally {
      rmSync(root, { recursive: true })
    }
  })
}

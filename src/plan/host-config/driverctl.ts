import type { HostFacts } from '../../probe/facts.ts'
import { linesIn } from './lines.ts'

const folder = '/etc/driverctl.d/'

/** The driver that driverctl puts a device on at each boot, whichever device is at the address then. Null: none. */
export function driverctlDriver(bdf: string, facts: HostFacts): string | null {
  const lines = linesIn(facts, /^\/etc\/driverctl\.d\//)
  return lines.find(({ file }) => file.slice(folder.length).toLowerCase() === bdf)?.text.trim() ?? null
}

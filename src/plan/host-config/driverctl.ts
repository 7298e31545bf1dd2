import type { HostFacts } from '../../probe/facts.ts'
import { linesIn } from './lines.ts'

/** A rule of driverctl: at each boot it puts a device on a driver, whichever device is at the address then. */
export interface DriverctlRule {
  /** `/etc/driverctl.d/pci-0000:5e:00.0`; older versions leave `pci-` out. */
  file: string
  driver: string
}

/** The rule for an address. Null: none. */
export function driverctlRule(bdf: string, facts: HostFacts): DriverctlRule | null {
  const line = linesIn(facts, /^\/etc\/driverctl\.d\//).find(
    ({ file }) => file.toLowerCase().replace(/^.*\/(?:pci-)?/, '') === bdf,
  )
  return line === undefined ? null : { file: line.file, driver: line.text.trim() }
}

import type { DeviceClaim, HostDeclaration } from '../config/declaration.ts'
import type { HostFacts } from '../probe/facts.ts'
import { selectDrives } from './select.ts'

/**
 * The declaration that `release` plans for: the drives that the declaration gives to SPDK go back to the kernel.
 * Of those that only `match`, just the ones provision handed over: another user-space driver's drive may match too.
 * Hugepages are left as they are: whether anybody else counts on them cannot be known.
 */
export function released(declaration: HostDeclaration, facts: HostFacts): HostDeclaration {
  const named = new Set(declaration.devices.spdk.flatMap((claim) => (claim.by === 'bdf' ? [claim.bdf] : [])))
  const { selections } = selectDrives(declaration, facts)
  const kernel = selections.flatMap(({ bdf, want, serial, drive }): DeviceClaim[] => {
    const ours = named.has(bdf) || drive?.record.state === 'known'
    return want === 'spdk' && ours ? [{ by: 'bdf', bdf, serial }] : []
  })
  return { ...declaration, devices: { spdk: [], kernel }, hugepages: [], owner: null, persist: false }
}

import { seen } from '../../probe/fact.ts'
import { reason } from '../../reasons/registry.ts'
import { type DriveGuard, leavesKernel } from '../drive-case.ts'

/** What nvmet or LIO serves has users that this host does not see. */
export const exportsGuard: DriveGuard = (one) => {
  if (!leavesKernel(one)) return []
  const { facts, uses, declaration, drive } = one
  const { bdf } = drive
  if (facts.exports.state === 'unreadable')
    return [reason('FACT_UNREADABLE', { what: 'what the kernel exports', why: facts.exports.why })]
  const devices = uses.flatMap((use) =>
    use.kind === 'export' ? [reason('DEVICE_EXPORTED', { ...use, bdf })] : [],
  )
  // Without `release` the mount itself blocks.
  const targets = uses.flatMap((use) => (use.kind === 'mount' ? [`${use.mount.target}/`] : []))
  const files = (seen(facts.exports) ?? []).filter(({ path }) =>
    targets.some((target) => path.startsWith(target)),
  )
  return declaration.inUse === 'release'
    ? [...devices, ...files.map((file) => reason('DEVICE_EXPORTED', { ...file, bdf }))]
    : devices
}

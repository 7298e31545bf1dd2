import { parseBdf } from '../../config/bdf.ts'
import type { HostDeclaration } from '../../config/declaration.ts'
import { claimPosition } from '../../config/explain.ts'
import { ProvisionError } from '../../errors.ts'
import type { HostPlan } from '../../plan/plan.ts'
import { planHost } from '../../plan/plan-host.ts'
import type { HostFacts } from '../../probe/facts.ts'
import { renderDevice } from '../../views/drive-text.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { loadHost, look, openSession } from '../session.ts'
import { lookOf, type Terminal } from '../terminal.ts'

/** `provision explain FILE HOST BDF`: everything known about one device, and what would happen to it. */
export async function explainDevice(
  { file, host, address }: { file: string; host: string; address: string },
  options: FleetOptions,
  terminal: Terminal,
): Promise<number> {
  const { config, declaration } = await loadHost({ file, host }, terminal)
  const parsed = parseBdf(address)
  if (!parsed.ok)
    throw new ProvisionError('BDF_INVALID', `\`${address}\`: ${parsed.why}`, {
      hint: parsed.suggestion ?? '`lspci -D -d ::0108` lists the NVMe drives of a host.',
    })
  const { bdf } = parsed
  const session = openSession([declaration], 1, options, terminal)
  try {
    const [probed] = await look([declaration], session, (found) => found)
    await session.progress.stop()
    if (probed === undefined) return EXIT.interrupted
    if (probed.kind === 'unreachable') throw probed.error
    const { plan, byMatch, named } = planWith(declaration, probed.facts, bdf)
    const device = plan.devices.find((found) => found.bdf === bdf)
    if (device === undefined) throw new Error(`the plan of ${host} has lost ${bdf}`)
    const position = named ? claimPosition(config, host, bdf) : null
    const declaredAt = position === null ? null : `${position.file}:${position.line}:${position.column}`
    terminal.stdout.write(
      renderDevice({ plan, device, declaredAt, byMatch }, lookOf(terminal.stdout, options)),
    )
    return EXIT.ok
  } finally {
    await session.close()
  }
}

/** The plan of the host with the device in it: as declared, or as if it were declared for SPDK. */
function planWith(
  declaration: HostDeclaration,
  facts: HostFacts,
  bdf: string,
): { plan: HostPlan; byMatch: boolean; named: boolean } {
  const stamp = newStamp()
  const { devices } = declaration
  const named = [...devices.spdk, ...devices.kernel].some((claim) => claim.by === 'bdf' && claim.bdf === bdf)
  const plan = planHost({ declaration, facts, stamp })
  if (named || plan.devices.some((device) => device.bdf === bdf)) return { plan, byMatch: !named, named }
  const spdk = [...devices.spdk, { by: 'bdf', bdf, serial: null } as const]
  const asIf = { ...declaration, devices: { ...devices, spdk } }
  return { plan: planHost({ declaration: asIf, facts, stamp }), byMatch: false, named: false }
}

import { ProvisionError } from '../../src/errors.ts'
import type { HostResult } from '../../src/events/events.ts'
import { fleet, scenarios, unreachable } from '../support/plans.ts'

const [failing, broken, changed, busy, ...others] = fleet(37).map(({ plan }) => plan)

/** A run in which everything that can happen has happened. */
export function mixedResults(): HostResult[] {
  if (failing === undefined || broken === undefined || changed === undefined || busy === undefined) return []
  const failure = {
    id: 5,
    summary: 'take 0000:5e:00.0 from nvme',
    message: 'write to /sys/bus/pci/drivers/nvme/unbind: Device or resource busy',
  }
  const hint = `See what it has now: provision status FILE --limit ${broken.name}`
  return [
    { kind: 'rolled_back', plan: failing, failure, undone: 4 },
    {
      kind: 'failed',
      plan: broken,
      failure: { ...failure, message: 'hung for 60 s; held by nvmf_tgt\u001b[31m (PID 4711)' },
      error: new ProvisionError('ROLLBACK_FAILED', 'The host is neither as it was nor as declared', { hint }),
      differences: [{ subject: '0000:5e:00.0 driver', expected: 'nvme', actual: 'none' }],
    },
    { kind: 'stale', plan: changed, error: new ProvisionError('HOST_CHANGED', '/data is mounted now') },
    { kind: 'locked', plan: busy, holder: 'run 20260301T215500Z-77aa by ops on bastion' },
    ...others.map((plan): HostResult => ({ kind: 'applied', plan, noops: 2, steps: 10 })),
    { kind: 'untouched', plan: scenarios.inSync().plan, outcome: 'in_sync' },
    { kind: 'untouched', plan: scenarios.mountedRefused().plan, outcome: 'blocked' },
    { kind: 'untouched', plan: scenarios.giveBack().plan, outcome: 'skipped' },
    unreachable('stor-91', '10.10.0.91'),
    unreachable('stor-92', '10.10.0.92'),
  ]
}

export function goodResults(): HostResult[] {
  return fleet(37).map(({ plan }) => ({ kind: 'applied', plan, noops: 0, steps: 10 }))
}

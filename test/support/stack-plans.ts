import { planHost } from '../../src/plan/plan-host.ts'
import { released } from '../../src/plan/release.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { known } from '../../src/probe/fact.ts'
import { configFiles } from './config.ts'
import { declaration } from './declaration.ts'
import { drive, type HostSpec } from './facts.ts'
import { type PlannedFacts, planned, stamp } from './plans.ts'
import { array, container, mountOn, volume } from './stacks.ts'

const stackWanted = { name: 'stor-08', address: '10.10.0.19', spdk: ['0000:5e:00.0', '0000:5f:00.0'] }
const stackedUp: HostSpec = {
  drives: [
    drive({ on: { holds: ['LVM2_member'] } }),
    drive({ bdf: '0000:5f:00.0', on: { holds: ['LVM2_member'] } }),
  ],
  stack: [
    volume(0, 'vg0-data', ['nvme0n1', 'nvme1n1']),
    container(1, 'vault', 'dm-0'),
    volume(2, 'vg0-swap', ['nvme1n1']),
  ],
  mounts: [mountOn(1, 'vault', '/srv/vault')],
  facts: {
    swaps: known([{ path: '/dev/dm-2', type: 'partition', majmin: '253:2', priority: 5 }]),
    ...configFiles({ '/etc/crypttab': 'vault UUID=1 /etc/keys/vault.key luks,nofail' }),
  },
}

/** Hosts with something stacked on their drives, each as the planner sees it. */
export const stackScenarios = {
  /** A container on a volume over two drives, with leave to take all of it down. */
  stackReleased: () => planned({ ...stackWanted, inUse: 'release' }, stackedUp),
  /** The same after the hand-over, on its way back. */
  stackReturned: () => {
    const there = planned({ ...stackWanted, inUse: 'release' }, stackedUp)
    const facts = predict(
      there.facts,
      there.plan.steps.map(({ action }) => action),
    )
    const asDeclared = declaration(stackWanted)
    return {
      kind: 'planned',
      plan: planHost({ declaration: released(asDeclared, facts), facts, stamp }),
      facts,
    } satisfies PlannedFacts
  },
  /** A mirror over a drive that goes and one that stays, and a container of which nobody has the key. */
  stackRefused: () =>
    planned(
      { ...stackWanted, spdk: ['0000:5e:00.0', '0000:60:00.0'], inUse: 'release' },
      {
        drives: [
          drive({ on: { holds: ['linux_raid_member'] } }),
          drive({ bdf: '0000:5f:00.0', on: { holds: ['linux_raid_member'] } }),
          drive({ bdf: '0000:60:00.0', on: { holds: ['crypto_LUKS'] } }),
        ],
        stack: [array(127, ['nvme0n1', 'nvme1n1']), container(0, 'vault', 'nvme2n1')],
      },
    ),
}

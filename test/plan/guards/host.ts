import { known } from '../../../src/probe/fact.ts'
import { configFiles } from '../../support/config.ts'
import { declaration } from '../../support/declaration.ts'
import { drive } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const spdk = declaration({ spdk: [bdf] })
const kernel = declaration({ kernel: [bdf] })
const drives = [drive()]
const unfinished = known([{ run: '20261124-220401-9f3a', holder: 'ops', agent: 'gone' as const, at: null }])

/** What stands against a host as a whole, by the guard in src/plan/host-guards.ts. */
export const hostGuardScenarios: Record<string, Scenario[]> = {
  root: [
    {
      it: 'a probe that was not root',
      host: { drives, facts: { uid: 1000 } },
      declare: kernel,
      says: ['NOT_ROOT'],
    },
  ],
  unfinished: [
    {
      it: 'a run that stopped in the middle',
      host: { drives, facts: { unfinished } },
      declare: spdk,
      says: ['RUN_UNFINISHED'],
    },
  ],
  persist: [
    {
      it: 'what is to last, which nothing sees to yet',
      host: { drives },
      declare: declaration({ kernel: [bdf], persist: true }),
      says: ['PERSIST_UNSUPPORTED'],
    },
  ],
  vfioIds: [
    {
      it: 'ids that vfio-pci takes at boot, of a drive that stays with the kernel, when that is to last',
      host: { drives, facts: configFiles({ '/etc/modprobe.d/vfio.conf': 'options vfio-pci ids=144d:a80a' }) },
      declare: declaration({ kernel: [bdf], persist: true }),
      says: ['PERSIST_UNSUPPORTED', 'RIVAL_VFIO_IDS'],
    },
  ],
  hugepages: [
    {
      it: 'another writer of hugepages',
      host: {
        hugepages: { 'node0/2M': 64 },
        facts: configFiles({ '/etc/sysctl.d/50-pages.conf': 'vm.nr_hugepages = 12' }),
      },
      declare: declaration({ hugepages: [{ sizeKiB: 2048, count: 64, node: 0 }] }),
      says: ['RIVAL_HUGEPAGES'],
    },
  ],
}

import { ProvisionError } from '../../src/errors.ts'
import type { PlannedHost } from '../../src/events/events.ts'
import type { HostPlan } from '../../src/plan/plan.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { released } from '../../src/plan/release.ts'
import { absent, known } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { declaration, guarded } from './declaration.ts'
import { blockDevice, drive, GiB, type HostSpec, hostFacts, mountOf } from './facts.ts'

export const stamp = { id: '20260301T220000Z-ab12', at: '2026-03-01T22:00:00.000Z' }

/** A host with its facts and the plan that the real planner makes for it. */
export interface PlannedFacts {
  kind: 'planned'
  plan: HostPlan
  facts: HostFacts
}

/** A host of a few words, planned. */
export function planned(said: Parameters<typeof declaration>[0], spec: HostSpec): PlannedFacts {
  const facts = hostFacts(spec)
  return { kind: 'planned', plan: planHost({ declaration: declaration(said), facts, stamp }), facts }
}

/** A host that did not answer. */
export function unreachable(name: string, address: string): Extract<PlannedHost, { kind: 'unreachable' }> {
  const message = `${name} (${address}:22) does not answer: connect ECONNREFUSED ${address}:22`
  const hint = `Try it by hand: ssh ${address}`
  return {
    kind: 'unreachable',
    name,
    address,
    error: new ProvisionError('HOST_UNREACHABLE', message, { host: name, hint }),
  }
}

const dataDrive = drive({
  model: 'SAMSUNG MZQL23T8HCLS-00A07',
  serial: 'S64HNE0R400001',
  partitions: [{ mount: '/data', sizeBytes: 3_839_000_000_000 }, { swap: -2 }],
})
const blankDrive = drive({
  bdf: '0000:5f:00.0',
  model: 'SAMSUNG MZQL23T8HCLS-00A07',
  serial: 'S64HNE0R400002',
  numa: 1,
})
const taken: HostSpec = { hugepages: { 'node0/2M': 512 }, drives: [dataDrive, blankDrive] }
const wanted = {
  spdk: ['0000:5e:00.0', '0000:5f:00.0'],
  hugepages: [
    { sizeKiB: 2048, node: 0, count: 2048 },
    { sizeKiB: 2048, node: 1, count: 2048 },
  ],
}

/** A drive on vfio-pci that provision handed over, as `bdf` in group 94 and so on. */
const ours = drive({ driver: 'vfio-pci', override: 'vfio-pci', handedOver: true })

/** Hosts in the situations that views must tell well, each as the planner sees it. */
export const scenarios = {
  /** A mounted drive and swap; nobody said that they may be taken down. */
  mountedRefused: () => planned(wanted, taken),
  /** The same host, with leave to take them down. */
  mountedReleased: () =>
    planned(
      { ...wanted, inUse: 'release', owner: { user: 'spdk', group: null } },
      { ...taken, facts: { users: { spdk: known('spdk:spdk') } } },
    ),
  /** Two drives in one IOMMU group with a network card, one of them declared. */
  sharedGroup: () =>
    planned(
      { name: 'stor-02', address: '10.10.0.12', spdk: ['0000:5e:00.0'] },
      {
        drives: [drive({ group: 14 }), drive({ bdf: '0000:5f:00.0', group: 14 })],
        facts: {
          functions: [
            {
              bdf: '0000:60:00.0',
              class: '0x020000',
              ids: '8086:1521',
              driver: known('igb'),
              iommuGroup: known(14),
            },
          ],
        },
      },
    ),
  /** More hugepages than the node has memory for, and fewer than are in use. */
  hugepagesShort: () =>
    planned(
      {
        name: 'stor-03',
        address: '10.10.0.13',
        hugepages: [
          { sizeKiB: 2048, node: 0, count: 65536 },
          { sizeKiB: GiB, node: 1, count: 2 },
        ],
      },
      { hugepages: { 'node1/1G': [8, 3] } },
    ),
  serialMismatch: () =>
    planned(
      {
        name: 'stor-04',
        address: '10.10.0.14',
        spdk: [guarded('0000:5e:00.0', 'S64HNE0R400009'), '0000:99:00.0'],
      },
      {
        drives: [
          drive({ serial: 'S64HNE0R400777' }),
          drive({ bdf: '0000:5f:00.0', serial: 'S64HNE0R400009' }),
        ],
      },
    ),
  inSync: (name = 'stor-05', address = '10.10.0.15') =>
    planned({ name, address, spdk: ['0000:5e:00.0'] }, { drives: [ours] }),
  /** In sync as far as can be told; nobody knows whose drive it is. */
  warned: () =>
    planned(
      { name: 'stor-06', address: '10.10.0.16', spdk: ['0000:5e:00.0'], persist: true },
      { drives: [drive({ driver: 'vfio-pci', override: 'vfio-pci' })] },
    ),
  /** A drive goes back to the kernel, and its mounts come back. */
  giveBack: () => {
    const facts = hostFacts({
      drives: [
        drive({
          driver: 'vfio-pci',
          override: 'vfio-pci',
          handedOver: true,
          partitions: [{ mount: '/data' }, { swap: -2 }],
        }),
      ],
    })
    const asDeclared = declaration({ name: 'stor-07', address: '10.10.0.17', spdk: ['0000:5e:00.0'] })
    return {
      kind: 'planned',
      plan: planHost({ declaration: released(asDeclared, facts), facts, stamp }),
      facts,
    } satisfies PlannedFacts
  },
  /** Mount points and stacks that fit on no line. */
  longNames: () =>
    planned(
      {
        name: 'archive-node-with-a-long-name.rack-17.dc1.example.com',
        address: '10.10.0.18',
        spdk: ['0000:5e:00.0'],
      },
      {
        drives: [
          drive({
            partitions: [
              {
                mount:
                  '/srv/containers/volumes/3f786850e387550fdab836ed7e6dc881de23001b/merged/var/lib/postgresql',
                fstype: 'xfs',
              },
              { holds: ['LVM2_member'], holders: ['dm-3'] },
            ],
          }),
        ],
        blockDevices: [
          blockDevice({
            name: 'dm-3',
            majmin: '253:3',
            slaves: ['nvme0n1p2'],
            dmName: known('vg--archive-lv--cold--storage'),
            dmUuid: known('LVM-abc'),
          }),
        ],
      },
    ),
  /** A drive and a mount point that try to write to the reader's terminal. */
  hostile: () =>
    planned(
      { name: 'stor-08', address: '10.10.0.19', spdk: ['0000:5e:00.0'] },
      {
        drives: [
          drive({
            model: '\u001b[2J\u001b[1;1HNo changes.\u0007',
            serial: 'S\u202e100\udcff\udc80',
            partitions: [{ mount: '/mnt/two\nlines\tand `code`' }],
          }),
        ],
      },
    ),
  /** Facts that could not be read, and a drive without a driver. */
  unreadable: () =>
    planned(
      { name: 'stor-09', address: '10.10.0.20', spdk: ['0000:5e:00.0', '0000:5f:00.0'] },
      {
        drives: [
          drive({
            numa: null,
            on: { holds: { state: 'unreadable', why: 'blkid: exit 8, ambivalent result' } },
          }),
          drive({ bdf: '0000:5f:00.0', driver: null, group: null }),
        ],
        facts: { uid: 1000, resume: absent },
        mounts: [mountOf('0:99', 'tank', { mount: '/var', fstype: 'zfs' })],
      },
    ),
} satisfies Record<string, () => PlannedFacts>

/** `count` hosts of one kind, the second half with their drives found in the other order by the kernel. */
export function fleet(count: number): PlannedFacts[] {
  return Array.from({ length: count }, (_, at) => {
    const drives = ['0000:5e:00.0', '0000:5f:00.0'].map((bdf, slot) =>
      drive({ bdf, serial: `S64HNE0R${String(at * 2 + slot).padStart(6, '0')}`, model: 'ACME DC4' }),
    )
    return planned(
      {
        name: `stor-${String(at + 1).padStart(2, '0')}`,
        address: `10.10.1.${at + 1}`,
        spdk: ['0000:5e:00.0', '0000:5f:00.0'],
      },
      { drives: at * 2 < count ? drives : drives.toReversed() },
    )
  })
}

import { deepStrictEqual, match, ok } from 'node:assert/strict'
import { chmodSync, rmSync, symlinkSync } from 'node:fs'
import { probeScript } from '../../src/agent/scripts.ts'
import { absent, type Fact, known, unreadable } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { plantHost, type Tree } from '../support/fake-host.ts'
import { largeHost } from '../support/large-host.ts'
import { factsFrom, isInstalled, runScript, type Shell, shells } from '../support/run-sh.ts'
import { withFolder } from '../support/temporary.ts'

interface Case {
  name: string
  /** Changes a host with the drives nvme0 (0000:00:00.0) and nvme1 (0000:01:00.0), two partitions each. */
  change?: (tree: Tree) => void
  /** Changes the script, to stand for a host with other tools. */
  script?: (script: string) => string
  /** Pulled out of the facts, and what it must be. */
  seen: (facts: HostFacts) => unknown
  expected: unknown
}

const drive0 = 'sys/devices/pci0000:00/0000:00:00.0'
const namespace0 = `${drive0}/nvme/nvme0/nvme0n1`
const namespaceOf = (facts: HostFacts, index: number) => facts.drives[index]?.namespaces[0]
/** Signatures of nvme0n1, nvme0n1p1, nvme1n1. */
const signatures = (facts: HostFacts) => [
  namespaceOf(facts, 0)?.signatures,
  namespaceOf(facts, 0)?.partitions[0]?.signatures,
  namespaceOf(facts, 1)?.signatures,
]
const blank = known([])
const configOf = ({ configLines }: HostFacts) =>
  configLines.state === 'known'
    ? configLines.value.map(({ file, line, text }) => `${file}:${line} ${text}`)
    : configLines

/** What native multipath makes of two controllers of one subsystem: two hidden paths and a disk that is neither's. */
function makeMultipath(tree: Tree): void {
  for (const [index, controller] of [drive0, 'sys/devices/pci0000:01/0000:01:00.0'].entries()) {
    rmSync(tree.path(`${controller}/nvme/nvme${index}/nvme${index}n1`), { recursive: true })
    tree.file(`${controller}/nvme/nvme${index}/nvme0c${index}n1/size`, 2048)
    tree.link(`sys/class/block/nvme0c${index}n1`, `${controller}/nvme/nvme${index}/nvme0c${index}n1`)
    for (const suffix of ['', 'p1', 'p2']) rmSync(tree.path(`sys/class/block/nvme${index}n1${suffix}`))
  }
  const disk = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1'
  tree.link('sys/class/block/nvme0n1', disk)
  tree.file(`${disk}/dev`, '259:0')
  tree.file(`${disk}/size`, 2048)
  tree.file(`${disk}/nsid`, 1)
}

const cases: Case[] = [
  {
    name: 'multipath: the disk belongs to both controllers, its paths to nobody',
    change: makeMultipath,
    seen: (facts) => [
      facts.drives.map((drive) => drive.namespaces.map((n) => [n.name, n.nsid])),
      facts.blockDevices,
    ],
    expected: [[[['nvme0n1', 1]], [['nvme0n1', 1]]], []],
  },
  {
    name: 'multipath: a path without its disk makes the controller unreadable',
    change: (tree) => {
      makeMultipath(tree)
      rmSync(tree.path('sys/class/block/nvme0n1'))
    },
    seen: (facts) => facts.drives[0]?.controller,
    expected: unreadable('the namespace nvme0c0n1 has no block device nvme0n1'),
  },
  {
    name: 'a kernel without nsid, uuid, nguid and eui',
    change: (tree) => rmSync(tree.path(`${namespace0}/nsid`)),
    seen: (facts) => [namespaceOf(facts, 0)?.nsid, namespaceOf(facts, 0)?.uuid, namespaceOf(facts, 0)?.nguid],
    expected: [1, absent, absent],
  },
  {
    name: 'a namespace whose uuid is its nguid has no uuid, and an eui of zeros is none',
    change: (tree) => {
      tree.file(`${namespace0}/uuid`, '6479a7a0-1b2c-4d5e-8f90-a1b2c3d4e5f6')
      tree.file(`${namespace0}/nguid`, '6479a7a0-1b2c-4d5e-8f90-a1b2c3d4e5f6')
      tree.file(`${namespace0}/eui`, '00 00 00 00 00 00 00 00')
    },
    seen: (facts) => [namespaceOf(facts, 0)?.uuid, namespaceOf(facts, 0)?.nguid, namespaceOf(facts, 0)?.eui],
    expected: [absent, known('6479a7a01b2c4d5e8f90a1b2c3d4e5f6'), absent],
  },
  {
    name: 'no wipefs: every signature is unreadable',
    script: (script) => script.replace('$(wipefs', '$(no-such-tool'),
    seen: signatures,
    expected: Array(3).fill(unreadable('wipefs is not installed (package util-linux)')),
  },
  {
    name: 'a wipefs too old',
    script: (script) => script.replace('-O DEVICE,OFFSET,TYPE', '--no-such-option'),
    seen: signatures,
    expected: Array(3).fill(
      unreadable(
        "wipefs failed (util-linux 2.31 or newer is needed): wipefs: unrecognized option '--no-such-option'",
      ),
    ),
  },
  {
    name: 'a wipefs that prints something else',
    script: (script) => script.replace('$(wipefs', '$(echo hello wipefs'),
    seen: (facts) => (signatures(facts)[0] as { why: string }).why.slice(0, 28),
    expected: 'wipefs printed: hello wipefs',
  },
  {
    name: 'no head: nothing proves that a drive can be read',
    script: (script) => script.replace('$(head', '$(no-such-tool'),
    seen: signatures,
    expected: Array(3).fill(unreadable('of 6 devices 0 could be read, and which is not known')),
  },
  {
    name: 'one device that wipefs cannot open: the others are told all the same',
    change: (tree) => {
      rmSync(tree.path('dev/nvme0n1'))
      tree.dir('dev/nvme0n1')
      tree.bytes('dev/nvme1n1', Buffer.from('LUKS\xba\xbe\x00\x01'.padEnd(65536, '\0'), 'latin1'))
    },
    // head announces a folder too, so that this is the same in every place.
    seen: (facts) => signatures(facts).map((fact) => (fact?.state === 'unreadable' ? 'unreadable' : fact)),
    expected: ['unreadable', blank, known([{ type: 'crypto_LUKS', offset: '0x0' }])],
  },
  {
    name: 'a device that gives less than its first 8 bytes',
    change: (tree) => tree.bytes('dev/nvme0n1', Buffer.from('SPDK')),
    seen: signatures,
    expected: [unreadable('the first bytes of /dev/nvme0n1 cannot be read'), blank, blank],
  },
  {
    name: 'first bytes that look like what head prints',
    change: (tree) => tree.bytes('dev/nvme0n1', Buffer.from('\n==> /d <==\n'.padEnd(65536, '\0'))),
    seen: signatures,
    expected: Array(3).fill(unreadable('of 6 devices 7 could be read, and which is not known')),
  },
  {
    name: 'a namespace without a node under /dev',
    change: (tree) => rmSync(tree.path('dev/nvme0n1')),
    seen: signatures,
    expected: [unreadable('there is no /dev/nvme0n1'), blank, blank],
  },
  {
    name: 'a namespace of size 0',
    change: (tree) => {
      tree.file(`${namespace0}/size`, 0)
      tree.bytes('dev/nvme0n1', Buffer.alloc(0))
    },
    seen: signatures,
    expected: [unreadable('/dev/nvme0n1 has no size'), blank, blank],
  },
  {
    name: 'a driver link that leads nowhere',
    change: (tree) => {
      rmSync(tree.path(`${drive0}/driver`))
      symlinkSync('nowhere', tree.path(`${drive0}/driver`))
    },
    seen: (facts) => facts.drives[0]?.driver,
    expected: unreadable('/sys/bus/pci/devices/0000:00:00.0/driver leads nowhere'),
  },
  {
    name: 'the nvme driver without a controller',
    change: (tree) => rmSync(tree.path(`${drive0}/nvme`), { recursive: true }),
    seen: (facts) => facts.drives[0]?.controller,
    expected: unreadable('the nvme driver is bound but has made no controller'),
  },
  {
    name: 'an NVMe function of another programming interface is a drive too',
    change: (tree) => tree.file(`${drive0}/class`, '0x010803'),
    seen: (facts) => facts.drives.length,
    expected: 2,
  },
  {
    name: 'a record that is not JSON',
    change: (tree) => tree.file('var/lib/provision/drives/0000:00:00.0.json', '{"format":1,'),
    seen: (facts) => facts.drives[0]?.record,
    expected: unreadable('the record is not JSON'),
  },
  {
    name: 'an empty record',
    change: (tree) => tree.bytes('var/lib/provision/drives/0000:00:00.0.json', Buffer.alloc(0)),
    seen: (facts) => facts.drives[0]?.record,
    expected: unreadable('/var/lib/provision/drives/0000:00:00.0.json is empty or cannot be read'),
  },
  {
    name: 'a record of a format to come',
    change: (tree) => tree.file('var/lib/provision/drives/0000:00:00.0.json', '{"format":2}'),
    seen: (facts) => facts.drives[0]?.record.state,
    expected: 'unreadable',
  },
  {
    name: 'a lock that is just being taken',
    change: (tree) => tree.dir('run/provision/lock'),
    seen: (facts) => facts.lock,
    expected: known(''),
  },
  {
    name: 'swap on a name of device-mapper that is a node of its own',
    change: (tree) => {
      tree.file('sys/class/block/dm-3/dm/name', 'vg-swap')
      tree.file('sys/class/block/dm-3/dev', '253:3')
      tree.file('sys/class/block/dm-3/size', 8)
      tree.file('proc/swaps', 'Filename Type Size Used Priority\n/dev/mapper/vg-swap partition 9 0 -2')
    },
    seen: (facts) => facts.swaps,
    expected: known([{ path: '/dev/mapper/vg-swap', type: 'partition', majmin: '253:3', priority: -2 }]),
  },
  {
    name: 'a kernel without swap',
    change: (tree) => rmSync(tree.path('proc/swaps')),
    seen: (facts) => facts.swaps,
    expected: absent,
  },
  {
    name: 'no mountinfo',
    change: (tree) => rmSync(tree.path('proc/self/mountinfo')),
    seen: (facts) => facts.mounts,
    expected: unreadable('/proc/self/mountinfo cannot be read'),
  },
  {
    name: 'a btrfs whose members cannot be listed',
    change: (tree) => tree.dir('sys/fs/btrfs/0f5c7c7e-9a3c-4b60-8f2a-1d2e3f405162'),
    seen: (facts) => facts.btrfsMembers.state,
    expected: 'unreadable',
  },
  {
    name: 'a hugepage pool that cannot be read makes all unreadable',
    change: (tree) =>
      rmSync(tree.path('sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages')),
    seen: (facts) => facts.hugepages,
    expected: unreadable(
      '/sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages cannot be read',
    ),
  },
  {
    name: 'idle loop and ram devices are left out',
    change: (tree) => {
      for (const [name, size] of [
        ['loop0', 0],
        ['ram0', 0],
        ['loop1', 8],
      ] as const) {
        tree.file(`sys/class/block/${name}/dev`, '7:1')
        tree.file(`sys/class/block/${name}/size`, size)
      }
    },
    seen: (facts) => facts.blockDevices.map(({ name }) => name),
    expected: ['loop1'],
  },
  {
    name: 'the kernel was upgraded and its modules removed',
    change: (tree) => rmSync(tree.path('lib/modules'), { recursive: true }),
    seen: (facts) => [facts.modules.nvme, facts.modules.igb_uio],
    expected: [
      known('loaded'),
      unreadable('there is no /lib/modules/6.1.0-18-amd64/modules.dep to look it up in'),
    ] satisfies Fact<string>[],
  },
  {
    name: 'an image that was never booted has no machine-id',
    change: (tree) => tree.bytes('etc/machine-id', Buffer.alloc(0)),
    seen: (facts) => facts.machineId,
    expected: absent,
  },
  {
    name: 'lines of configuration: comments and blank lines left out, the numbers kept',
    change: (tree) => {
      tree.file('etc/fstab', '# <file system>\n\nUUID=6d0c /data xfs noatime 0 2\n\t/dev/a:b  /c\\040d ext4')
      tree.file('etc/crypttab', 'x /dev/a.conf:1:b')
      tree.file('etc/mdadm/mdadm.conf', 'ARRAY /dev/md/0\n  devices=/dev/sda')
      tree.file('etc/driverctl.d/0000:5e:00.0', 'vfio-pci')
      tree.file('etc/driverctl.d/pci-10000:01:00.0', 'uio_pci_generic')
      tree.file('etc/default/kdump-tools', 'USE_KDUMP=1\nKDUMP_COREDIR="/var/crash"')
    },
    seen: configOf,
    expected: [
      '/etc/crypttab:1 x /dev/a.conf:1:b',
      '/etc/default/kdump-tools:2 KDUMP_COREDIR="/var/crash"',
      '/etc/driverctl.d/0000:5e:00.0:1 vfio-pci',
      '/etc/driverctl.d/pci-10000:01:00.0:1 uio_pci_generic',
      '/etc/fstab:3 UUID=6d0c /data xfs noatime 0 2',
      '/etc/fstab:4 \t/dev/a:b  /c\\040d ext4',
      '/etc/mdadm/mdadm.conf:1 ARRAY /dev/md/0',
      '/etc/mdadm/mdadm.conf:2   devices=/dev/sda',
    ],
  },
  {
    name: 'modprobe.d and sysctl.d: what matters here, lines that go on, and files that mask others',
    change: (tree) => {
      tree.file(
        'etc/modprobe.d/a.conf',
        'blacklist nouveau\noptions \\\nvfio-pci \\\n ids=1:2\nblacklist pcspkr',
      )
      tree.file('usr/lib/modprobe.d/a.conf', 'install vfio-pci /bin/false')
      tree.file('lib/modprobe.d/b.conf', 'blacklist nvme')
      tree.file('lib/modprobe.d/c.conf.dpkg-old', 'blacklist nvme')
      symlinkSync('/dev/null', tree.path('etc/modprobe.d/b.conf'))
      tree.file('run/sysctl.d/p q.conf', 'kernel.panic=1\n; vm.nr_hugepages=1\nvm.nr_hugepages = 2')
      tree.file('etc/sysctl.d/x.conf', 'vm.swappiness=1')
      symlinkSync('nowhere', tree.path('etc/sysctl.d/y.conf'))
      tree.file('usr/lib/sysctl.d/y.conf', 'vm.nr_hugepages=9')
      tree.dir('etc/sysctl.d/folder.conf')
    },
    seen: configOf,
    expected: [
      '/etc/modprobe.d/a.conf:2 options \\',
      '/etc/modprobe.d/a.conf:3 vfio-pci \\',
      '/etc/modprobe.d/a.conf:4  ids=1:2',
      '/run/sysctl.d/p q.conf:3 vm.nr_hugepages = 2',
    ],
  },
  {
    name: 'no grep: configuration is unreadable, never empty',
    change: (tree) => tree.file('etc/fstab', 'a b c'),
    script: (script) => script.replace('$(grep -sanHE', '$(no-such-tool -sanHE'),
    seen: (facts) => facts.configLines,
    expected: unreadable('grep is not installed'),
  },
  {
    name: 'links of udev: those that name contents, and of the others those that a file names',
    change: (tree) => {
      tree.file('etc/fstab', '/dev/disk/by-id/nvme-B /data xfs')
      for (const [path, name] of [
        ['disk/by-uuid/6d0c', 'nvme0n1p1'],
        ['disk/by-label/a\\x20b\xfc', 'nvme0n1p2'],
        ['disk/by-id/nvme-A', 'nvme0n1'],
        ['disk/by-id/nvme-B', 'nvme1n1'],
        ['md/lab:0', 'md127'],
      ] as const) {
        tree.dir(`dev/${path}`.replace(/\/[^/]*$/, ''))
        symlinkSync(`../../${name}`, tree.path(`dev/${path}`))
      }
    },
    seen: (facts) => facts.aliases,
    expected: known({
      '/dev/disk/by-uuid/6d0c': 'nvme0n1p1',
      '/dev/disk/by-label/a\\x20b\xfc': 'nvme0n1p2',
      '/dev/disk/by-id/nvme-B': 'nvme1n1',
      '/dev/md/lab:0': 'md127',
    }),
  },
  {
    name: 'no stat: what udev named is unreadable',
    change: (tree) => {
      tree.dir('dev/disk/by-uuid')
      symlinkSync('../../nvme0n1', tree.path('dev/disk/by-uuid/6d0c'))
    },
    script: (script) => script.replace('$(stat', '$(no-such-tool'),
    seen: (facts) => facts.aliases.state,
    expected: 'unreadable',
  },
  {
    name: 'FreeBSD: its name, and nothing that could be mistaken for facts',
    change: (tree) => rmSync(tree.path('proc'), { recursive: true }),
    script: (script) => script.replace('$(uname -s)', '$(echo FreeBSD)'),
    seen: (facts) => [facts.kernelName, facts.drives, facts.mounts.state, facts.modules.nvme.state],
    expected: ['FreeBSD', [], 'unreadable', 'unreadable'],
  },
]

function probe(shell: Shell, { change, script }: Pick<Case, 'change' | 'script'>, uid?: number): HostFacts {
  return withFolder((root) => {
    const plain = { configLines: known([]), aliases: known({}) }
    const tree = plantHost(root, { ...largeHost({ functions: 3, drives: 2 }), ...plain })
    change?.(tree)
    chmodSync(root, 0o755)
    const text = probeScript({ nonce: 'n1', users: [], root }).toString()
    const changed = script?.(text) ?? text
    ok(script === undefined || changed !== text, 'the script has nothing to change')
    return factsFrom(runScript(shell, Buffer.from(changed), uid).stdout, 'n1')
  })
}

for (const shell of shells) {
  describe(`what the probe sees in ${shell.join(' ')}`, () => {
    before(function () {
      if (!isInstalled(shell)) this.skip()
    })

    for (const { name, change, script, seen, expected } of cases) {
      it(name, () => {
        const parts = { ...(change && { change }), ...(script && { script }) }
        deepStrictEqual(seen(probe(shell, parts)), expected)
      })
    }

    it('without root, what is hidden is unreadable and never absent', function () {
      if (process.getuid?.() !== 0) this.skip()
      const hide = (tree: Tree) => {
        tree.dir('var/lib/provision/drives')
        chmodSync(tree.path('var/lib/provision'), 0o700)
        tree.file('run/provision/lock/owner', 'me')
        chmodSync(tree.path('run/provision/lock/owner'), 0o600)
        for (const node of ['nvme0n1', 'nvme0n1p1', 'nvme0n1p2']) chmodSync(tree.path(`dev/${node}`), 0o600)
      }
      const facts = probe(shell, { change: hide }, 65534)
      deepStrictEqual(facts.uid, 65534)
      deepStrictEqual(
        [facts.drives[0]?.record, facts.lock, ...signatures(facts)],
        [
          unreadable('/var/lib/provision/drives/0000:00:00.0.json cannot be looked for without root'),
          unreadable('/run/provision/lock/owner cannot be read'),
          unreadable('/dev/nvme0n1 cannot be opened as uid 65534'),
          unreadable('/dev/nvme0n1p1 cannot be opened as uid 65534'),
          blank,
        ],
      )
      match(facts.kernelName, /Linux/)
    })
  })
}

import { deepStrictEqual, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync, symlinkSync } from 'node:fs'
import { probeScript } from '../../src/agent/scripts.ts'
import { known, unreadable } from '../../src/probe/fact.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { plantHost, plantProcess, type Tree } from '../support/fake-host.ts'
import { largeHost } from '../support/large-host.ts'
import { factsFrom, isInstalled, runScript, type Shell, shells } from '../support/run-sh.ts'
import { withFolder } from '../support/temporary.ts'

interface Case {
  name: string
  /** Changes a host with the drives nvme0 (0000:00:00.0) and nvme1 (0000:01:00.0). */
  change: (tree: Tree) => void
  script?: (script: string) => string
  seen: (facts: HostFacts) => unknown
  expected: unknown
}

const ours = 'mnt:[4026531841]'
const drive0 = 'sys/devices/pci0000:00/0000:00:00.0'
const line = (id: number, parent: number, rest: string) => `${id} ${parent} ${rest}`
const inContainer = [
  line(900, 800, '0:60 / / rw master:1 - overlay overlay rw,lowerdir=/a'),
  line(901, 900, '0:61 / /proc rw - proc proc rw'),
  line(902, 900, '259:1 /vol /da\\040ta rw - xfs /dev/nvme0n1 rw'),
  line(903, 900, '0:44 / /b rw - btrfs /dev/sdb rw'),
].join('\n')

/** A container: two processes, of which the later one comes first in the listing. */
function plantContainer(tree: Tree): void {
  plantProcess(tree, 1200, 'worker', 'mnt:[4026532777]', [])
  plantProcess(tree, 812, 'nginx: master', 'mnt:[4026532777]', [])
  tree.file('proc/812/mountinfo', inContainer)
  tree.file('proc/1200/mountinfo', inContainer)
}

const otherMounts = ({ otherMounts: fact }: HostFacts) =>
  fact.state === 'known'
    ? fact.value.map(({ pid, command, mount: { target } }) => [pid, command, target])
    : fact
const opened = ({ openFiles }: HostFacts) =>
  openFiles.state === 'known'
    ? openFiles.value.map(({ pid, command, path }) => [pid, command, path])
    : openFiles

const cases: Case[] = [
  {
    name: 'a container is told once, by its first process, and only by what may lie on a drive',
    change: plantContainer,
    seen: otherMounts,
    expected: [
      [812, 'nginx: master', '/da ta'],
      [812, 'nginx: master', '/b'],
    ],
  },
  {
    name: 'the first process of a container ends in the middle: another stands in',
    change: (tree) => {
      plantContainer(tree)
      rmSync(tree.path('proc/812/mountinfo'))
    },
    script: (script) => script.replace('texts=$(', 'rm -r "$root/proc/812"; texts=$('),
    seen: otherMounts,
    expected: [
      [1200, 'worker', '/da ta'],
      [1200, 'worker', '/b'],
    ],
  },
  {
    name: 'a container whose processes all end in the middle is gone',
    change: plantContainer,
    script: (script) => script.replace('texts=$(', 'rm -r "$root/proc/812" "$root/proc/1200"; texts=$('),
    seen: otherMounts,
    expected: [],
  },
  {
    name: 'mounts of a live process that cannot be read are not known',
    change: (tree) => {
      plantContainer(tree)
      rmSync(tree.path('proc/1200'), { recursive: true })
      rmSync(tree.path('proc/812/mountinfo'))
    },
    seen: otherMounts,
    expected: unreadable('/proc/812/mountinfo cannot be read'),
  },
  {
    name: 'nodes of drives and what may lie on them, with their processes; nothing else',
    change: (tree) => {
      plantProcess(tree, 20, 'a b', ours, ['/dev/null', 'socket:[1]', '/dev/nvme0n1p1', '/dev/nvme0n1p1'])
      plantProcess(tree, 21, 'spdk_tgt', ours, [
        '/dev/vfio/vfio',
        '/dev/vfio/5',
        'anon_inode:[vfio-device]',
        'anon_inode:[eventfd]',
        '/var/tmp/spdk_pci_lock_0000:00:00.0',
        '/var/tmp/spdk.sock',
      ])
      plantProcess(tree, 22, 'dmeventd', ours, [
        '/dev/mapper/control',
        '/dev/dm-3',
        '/dev/ng0n1',
        '/dev/uio0',
      ])
      plantProcess(tree, 23, 'qemu', ours, [
        '/srv/box/nvme1n1',
        '/x/nvme0n1 (deleted)',
        '/home/nvme',
        '/a/nvme0n1.img',
      ])
      plantProcess(tree, 24, 'top', ours, ['/proc/21/fd', '/dev/nvme-fabrics', '/dev/nvme1'])
    },
    seen: opened,
    expected: [
      [20, 'a b', '/dev/nvme0n1p1'],
      [21, 'spdk_tgt', '/dev/vfio/5'],
      [21, 'spdk_tgt', 'anon_inode:[vfio-device]'],
      [21, 'spdk_tgt', '/var/tmp/spdk_pci_lock_0000:00:00.0'],
      [22, 'dmeventd', '/dev/dm-3'],
      [22, 'dmeventd', '/dev/ng0n1'],
      [22, 'dmeventd', '/dev/uio0'],
      [23, 'qemu', '/srv/box/nvme1n1'],
      [23, 'qemu', '/x/nvme0n1 (deleted)'],
      [24, 'top', '/dev/nvme1'],
    ],
  },
  {
    name: 'where nothing of any process can be listed, neither is known',
    change: (tree) => rmSync(tree.path('proc/1'), { recursive: true }),
    seen: (facts) => [facts.openFiles, facts.otherMounts],
    expected: [unreadable('/proc cannot be listed'), unreadable('/proc cannot be listed')],
  },
  {
    name: 'exports: what is enabled, by whatever path',
    change: (tree) => {
      for (const [name, enable] of [
        ['nvmet/subsystems/nqn.a b/namespaces/1', 1],
        ['nvmet/subsystems/nqn.a b/namespaces/2', 0],
        ['nvmet/subsystems/p/passthru', 1],
      ] as const) {
        tree.file(`sys/kernel/config/${name}/enable`, enable)
        tree.file(`sys/kernel/config/${name}/device_path`, `/dev/by/${enable}`)
      }
      tree.file('sys/kernel/config/target/core/iblock_0/d/enable', 1)
      tree.file('sys/kernel/config/target/core/iblock_0/d/udev_path', '/dev/nvme1n1')
      tree.dir('dev/by')
      symlinkSync('../nvme0n1', tree.path('dev/by/1'))
    },
    seen: (facts) => [facts.exports, facts.resolved],
    expected: [
      known([
        { by: 'nvmet', name: 'subsystems/nqn.a b/namespaces/1', path: '/dev/by/1' },
        { by: 'nvmet', name: 'subsystems/p/passthru', path: '/dev/by/1' },
        { by: 'lio', name: 'core/iblock_0/d', path: '/dev/nvme1n1' },
      ]),
      { '/dev/by/1': '/dev/nvme0n1' },
    ],
  },
  {
    name: 'nvmet is loaded, but its configuration is not to be seen',
    change: (tree) => tree.dir('sys/module/nvmet'),
    seen: (facts) => facts.exports,
    expected: unreadable(
      'the module nvmet is loaded, but there is no /sys/kernel/config/nvmet; is configfs mounted?',
    ),
  },
  {
    name: 'links to log and realtime devices are followed, in every namespace',
    change: (tree) => {
      plantContainer(tree)
      tree.file(
        'proc/812/mountinfo',
        `${inContainer}\n904 900 8:1 / /x rw - xfs /dev/sda1 rw,rtdev=/dev/by/rt`,
      )
      tree.file(
        'proc/self/mountinfo',
        '20 1 8:1 / / rw - xfs /dev/sda1 rw,attr2,logdev=/dev/by/log,rtdev=/dev/nvme1n1,noquota\n21 20 8:2 / /y rw - xfs /dev/sda2 rw,logdev=/dev/by/gone',
      )
      tree.dir('dev/by')
      for (const name of ['log', 'rt']) symlinkSync('../nvme0n1', tree.path(`dev/by/${name}`))
      symlinkSync('../none/none', tree.path('dev/by/gone'))
    },
    seen: (facts) => facts.resolved,
    expected: { '/dev/by/log': '/dev/nvme0n1', '/dev/by/rt': '/dev/nvme0n1' },
  },
  {
    name: 'loop devices: over a block device that one, over a file its path',
    change: (tree) => {
      for (const [name, backing] of [
        ['loop1', '/dev/nvme0n1p2'],
        ['loop2', '/data/a b.img'],
      ] as const) {
        tree.file(`sys/class/block/${name}/dev`, `7:${name.slice(4)}`)
        tree.file(`sys/class/block/${name}/size`, 8)
        tree.file(`sys/class/block/${name}/loop/backing_file`, backing)
      }
    },
    seen: (facts) => [facts.blockDevices.map(({ name, slaves }) => [name, slaves]), facts.loopFiles],
    expected: [
      [
        ['loop1', ['nvme0n1p2']],
        ['loop2', []],
      ],
      { loop2: '/data/a b.img' },
    ],
  },
]

function probe(shell: Shell, { change, script }: Pick<Case, 'change' | 'script'>): HostFacts {
  return withFolder((root) => {
    const tree = plantHost(root, largeHost({ functions: 3, drives: 2 }))
    change(tree)
    chmodSync(root, 0o755)
    const text = probeScript({ nonce: 'n1', users: [], root }).toString()
    const changed = script?.(text) ?? text
    ok(script === undefined || changed !== text, 'the script has nothing to change')
    return factsFrom(runScript(shell, Buffer.from(changed)).stdout, 'n1')
  })
}

/** Reading it blocks until somebody writes, as reading a lock's attribute does until the lock is let go. */
function makeStuck(tree: Tree): void {
  rmSync(tree.path(`${drive0}/driver_override`))
  execFileSync('mkfifo', [tree.path(`${drive0}/driver_override`)])
}

for (const shell of shells) {
  describe(`who uses drives, seen in ${shell.join(' ')}`, () => {
    before(function () {
      if (!isInstalled(shell)) this.skip()
    })

    for (const { name, change, script, seen, expected } of cases) {
      it(name, () => {
        deepStrictEqual(seen(probe(shell, { change, ...(script && { script }) })), expected)
      })
    }

    it('answers on a host where the kernel does not, and says for which drive', () => {
      const quick = (script: string) => script.replace('canary_seconds=5', 'canary_seconds=1')
      const { drives } = probe(shell, { change: makeStuck, script: quick })
      const why = unreadable(
        'the kernel does not answer for it: an unbind or a reset of this drive seems to hang',
      )
      deepStrictEqual(
        drives.map(({ bdf, driver, driverOverride, controller, namespaces }) => [
          bdf,
          driver,
          driverOverride,
          controller.state,
          namespaces.length,
        ]),
        [
          ['0000:00:00.0', why, why, 'unreadable', 0],
          ['0000:01:00.0', known('nvme'), { state: 'absent' }, 'known', 1],
        ],
      )
    })

    it('ends its answer though a child is stuck for good, as over SSH one that could still write would keep it open', () =>
      withFolder((root) => {
        const tree = plantHost(root, largeHost({ functions: 3, drives: 2 }))
        makeStuck(tree)
        const text = probeScript({ nonce: 'n1', users: [], root }).toString()
        const script = text.replace('canary_seconds=5', 'canary_seconds=1').replace('kill -9 "$canary"', ':')
        const { stdout, error } = runScript(shell, Buffer.from(script), undefined, 20_000)
        // Now that the answer is here, somebody writes, and those who waited end.
        execFileSync('timeout', ['5', 'sh', '-c', `: >'${tree.path(`${drive0}/driver_override`)}'`])
        deepStrictEqual(error, undefined)
        deepStrictEqual(factsFrom(stdout, 'n1').drives[0]?.driver.state, 'unreadable')
      })).timeout(40_000)

    it('without root says that it does not see others', function () {
      if (process.getuid?.() !== 0) this.skip()
      const { stdout } = runScript(shell, probeScript({ nonce: 'n1', users: [] }), 65534)
      const facts = factsFrom(stdout, 'n1')
      const why = unreadable('only root sees what other processes have')
      deepStrictEqual([facts.openFiles, facts.otherMounts], [why, why])
    })
  })
}

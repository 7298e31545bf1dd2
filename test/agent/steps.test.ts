import { deepStrictEqual, equal, fail, match } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import type { StepAction } from '../../src/plan/step.ts'
import { predict } from '../../src/plan/steps/index.ts'
import { known, mapFact, seen } from '../../src/probe/fact.ts'
import type { Controller, Drive, HandOver, HostFacts } from '../../src/probe/facts.ts'
import { drive, hostFacts } from '../support/facts.ts'
import { plantProcess } from '../support/fake-host.ts'
import { programOf } from '../support/program.ts'
import { isInstalled, shells } from '../support/run-sh.ts'
import { PlantedHost } from './planted.ts'

const bdf = '0000:5e:00.0'
const target = '/da ta\t\\x\ny'
const place = { nsid: 1, partition: 1, target, fstype: 'ext4', options: 'rw,relatime', root: '/' }
const swap = { nsid: 1, partition: 2, priority: 5 }

const start = asProbed(
  hostFacts({
    drives: [
      drive({
        bdf,
        namespaces: [
          {
            partitions: [
              { mount: target, holds: [] },
              { swap: 5, holds: [] },
            ],
          },
        ],
      }),
      drive({ bdf: '0000:5f:00.0' }),
    ],
    hugepages: { 'node0/2M': 8 },
  }),
)

/** Drives pad what they say of themselves, and the probe takes that off. */
function asProbed(facts: HostFacts): HostFacts {
  const trimmed = ({ model, serial, ...rest }: Controller) => ({
    ...rest,
    model: model.trim(),
    serial: serial.trim(),
  })
  const controller = (of: Drive) => mapFact(of.controller, (seen) => known(trimmed(seen)))
  return { ...facts, drives: facts.drives.map((of) => ({ ...of, controller: controller(of) })) }
}

function recordOf(facts: HostFacts): HandOver {
  const [{ record: _, ...of }] = facts.drives as [Drive]
  return {
    format: 1,
    run: 'r',
    at: '2026-01-01T00:00:00Z',
    from: 'nvme',
    drive: of,
    mounts: [place],
    swaps: [swap],
  }
}

const record = recordOf(start)
const namespaces = record.drive.namespaces.map(({ nsid, sizeBytes }) => ({ nsid, sizeBytes }))

const away: StepAction[] = [
  { kind: 'module', module: 'vfio_iommu_type1', to: 'loaded' },
  { kind: 'module', module: 'vfio-pci', to: 'loaded' },
  { kind: 'hugepages', sizeKiB: 2048, node: 0, from: 8, to: 512 },
  { kind: 'swapoff', bdf, ...swap },
  { kind: 'umount', bdf, ...place },
  { kind: 'record', bdf, record, previous: null },
  { kind: 'override', bdf, from: null, to: 'vfio-pci' },
  { kind: 'unbind', bdf, driver: 'nvme', serial: 'S-5e', record },
  { kind: 'bind', bdf, driver: 'vfio-pci', record },
]
const back: StepAction[] = [
  { kind: 'override', bdf, from: 'vfio-pci', to: null },
  { kind: 'unbind', bdf, driver: 'vfio-pci', serial: null, record },
  { kind: 'bind', bdf, driver: 'nvme', record },
  { kind: 'settle', bdf, namespaces },
  { kind: 'mount', bdf, ...place },
  { kind: 'swapon', bdf, ...swap },
  { kind: 'forget', bdf, record },
]

/** A blank drive that nobody uses. */
const unbindOther: StepAction = {
  kind: 'unbind',
  bdf: '0000:5f:00.0',
  driver: 'nvme',
  serial: null,
  record: null,
}

/** A function of the agent as it is, for where the fake kernel has taken its place. */
function shellFunction(name: string): string {
  const text = readFileSync(new URL('../../src/agent/run/deadline.sh', import.meta.url), 'utf8')
  return new RegExp(`^${name}\\(\\) \\{\\n[\\s\\S]*?^\\}\\n`, 'm').exec(text)?.[0] ?? fail(`no ${name}`)
}

const pool = 'sys/devices/system/node/node0/hugepages/hugepages-2048kB'

/** Who runs the tests owns what is planted; and who that is, no step decides. */
const steady = (facts: HostFacts | undefined) => ({
  ...facts,
  uid: 0,
  nodeOwners: {},
  users: {},
  lock: undefined,
})

const last = (events: string[], how: RegExp) => events.find((event) => how.test(event)) ?? events.join('\n')

for (const shell of shells) {
  describe(`the agent in ${shell.join(' ')}`, () => {
    let host: PlantedHost
    before(function () {
      if (!isInstalled(shell)) this.skip()
    })
    beforeEach(() => {
      host = new PlantedHost(start)
      host.tree.dir(target.slice(1))
    })
    afterEach(() => host.remove())

    const run = (actions: StepAction[], more = {}, extra = '') =>
      host.run(shell, programOf(actions, more), extra)

    it('hands a drive over and gives it back, and both times the host is as predicted', () => {
      const there = run(away, { rechecks: [{ bdf, driver: 'nvme', serial: 'S-5e    ' }] })
      equal(there.outcome, 'applied', there.events.join('\n'))
      deepStrictEqual(steady(there.facts), steady(predict(start, away)))
      const again = run(back)
      equal(again.outcome, 'applied', again.events.join('\n'))
      deepStrictEqual(steady(again.facts), steady(predict(predict(start, away), back)))
    })

    it('does nothing where all is so already, and takes nothing back of that', () => {
      run(away)
      const settled = away.filter(({ kind }) => !['unbind', 'umount'].includes(kind))
      const { events } = run([
        ...settled,
        { kind: 'bind', bdf: '0000:77:00.0', driver: 'nvme', record: null },
      ])
      const ends = events.filter((event) => /^(step|undo)/.test(event) && !/ begin /.test(event))
      deepStrictEqual(
        ends.map((event) => event.split(' ')[1]),
        [...settled.map(() => 'noop'), 'failed'],
      )
      equal(events.at(-1), 'run outcome rolled_back')
    })

    it('takes everything back when a bind fails, with the true error', () => {
      host.tree.file('vfio-pci.fails', '')
      const { events, facts } = run(away)
      equal(events.at(-1), 'run outcome rolled_back', events.join('\n'))
      equal(
        last(events, /^step\/9 failed/),
        `step/9 failed \`echo ${bdf} > /sys/bus/pci/drivers/vfio-pci/bind\`: Invalid argument`,
      )
      deepStrictEqual(steady(facts), steady(start))
    })

    it('shows the errno of a real write', () => {
      host.tree.remove('sys/bus/pci/drivers/nvme/unbind')
      symlinkSync('/dev/full', host.tree.path('sys/bus/pci/drivers/nvme/unbind'))
      const { events } = run([unbindOther], {}, shellFunction('write_line'))
      equal(
        last(events, /^step\/1 failed/),
        'step/1 failed `echo 0000:5f:00.0 > /sys/bus/pci/drivers/nvme/unbind`: No space left on device',
      )
    })

    it('leaves behind a write that the kernel does not come back from, and does not touch that drive again', () => {
      const { events } = run(
        away,
        {},
        'PROVISION_DEADLINE=1\nwrite_line() { case $1 in */unbind) exec sleep 5 ;; *) printf "%s\\n" "$2" >"$1" ;; esac; }\n',
      )
      match(last(events, /^step\/8 /), /^step\/8 begin unbind$/)
      match(
        last(events, /^step\/8 hung/),
        /the kernel has not finished `echo 0000:5e:00.0 > .*unbind`: not finished after 1 s/,
      )
      match(last(events, /^undo\/8 failed/), /^undo\/8 failed not tried: /)
      match(last(events, /^undo\/3 done/), /asked for 8 pages/)
      match(last(events, /^run facts/), /^run facts not probed: the kernel is stuck/)
      equal(events.at(-1), 'run outcome failed')
    })

    it('says what it asked for, what it got and what is free when hugepages are short', () => {
      host.tree.file(`${pool}/most`, 100)
      const { events, facts } = run([{ kind: 'hugepages', sizeKiB: 2048, node: 0, from: 8, to: 512 }])
      equal(
        last(events, /^step\/1 failed/),
        'step/1 failed asked for 512 pages of 2048 KiB on node 0, got 100, 100 of them free; compacting memory 3 times did not bring more',
      )
      deepStrictEqual(steady(facts), steady(start))
    })

    it('stops at a pool that somebody else has set meanwhile', () => {
      const { events } = run([{ kind: 'hugepages', sizeKiB: 2048, node: 0, from: 16, to: 512 }])
      match(last(events, /^step\/1 failed/), /the plan saw 16 pages .* now there are 8; something else sets/)
    })

    it('says when even the way back failed, and keeps the record of the drive', () => {
      host.tree.file('vfio-pci.fails', '')
      host.tree.file('nvme.fails', '')
      const { events, facts } = run(away)
      equal(events.at(-1), 'run outcome failed')
      match(events.at(-2) ?? '', /^run reason the undo of step 8 \(bind\) failed: .*Invalid argument$/)
      const [first] = facts?.drives ?? []
      equal(first && seen(first.driver), null)
      deepStrictEqual(first && seen(first.record), record)
    })

    const refused: [string, string, RegExp, () => void][] = [
      ['its partition is mounted', '', /\/dev\/nvme0n1p1 is mounted on \/da ta/, () => {}],
      [
        'a mount namespace has it mounted',
        '0000:5f:00.0',
        /nvme1n1 is mounted on \/in in the mount namespace of PID 7$/,
        () => host.tree.file('proc/7/mountinfo', '30 1 259:64 / /in rw - ext4 /dev/nvme1n1 rw'),
      ],
      [
        'dm lies on it',
        '0000:5f:00.0',
        /nvme1n1 is held by \/dev\/dm-3$/,
        () => host.tree.dir('sys/class/block/nvme1n1/holders/dm-3'),
      ],
      [
        'a filesystem on it lives on unseen',
        '0000:5f:00.0',
        /still has a filesystem open on \/dev\/nvme1n1/,
        () => host.tree.dir('sys/fs/ext4/nvme1n1'),
      ],
      [
        'it is open',
        '0000:5f:00.0',
        /^step\/1 failed PID 8 \(postgres\) has \/dev\/nvme1n1 open$/,
        () => {
          host.tree.dir('proc/8/fd')
          host.tree.file('proc/8/comm', 'postgres')
          symlinkSync('/dev/nvme1n1', host.tree.path('proc/8/fd/3'))
        },
      ],
      [
        'it is open by a node that a container has',
        '0000:5f:00.0',
        /^step\/1 failed PID 8 \(qemu\) has \/var\/lib\/x\/dev\/nvme1n1 open$/,
        () => plantProcess(host.tree, 8, 'qemu', 'mnt:[1]', ['/var/lib/x/dev/nvme1n1']),
      ],
      [
        'nvmet serves it, by a link',
        '0000:5f:00.0',
        /nvme1n1 is exported by the kernel: \/sys\/kernel\/config\/nvmet\/subsystems\/t\/namespaces\/1\/device_path$/,
        () => {
          const folder = 'sys/kernel/config/nvmet/subsystems/t/namespaces/1'
          host.tree.file(`${folder}/enable`, 1)
          host.tree.file(`${folder}/device_path`, '/dev/by-id')
          symlinkSync('nvme1n1', host.tree.path('dev/by-id'))
        },
      ],
      [
        'LIO serves it',
        '0000:5f:00.0',
        /nvme1n1 is exported by the kernel: .*\/iblock_0\/d\/udev_path$/,
        () => {
          host.tree.file('sys/kernel/config/target/core/iblock_0/d/enable', 1)
          host.tree.file('sys/kernel/config/target/core/iblock_0/d/udev_path', '/dev/nvme1n1')
        },
      ],
      [
        'nvmet serves its controller',
        '0000:5f:00.0',
        /\/dev\/nvme1 is exported by the kernel: .*\/passthru\/device_path$/,
        () => {
          host.tree.file('sys/kernel/config/nvmet/subsystems/t/passthru/enable', 1)
          host.tree.file('sys/kernel/config/nvmet/subsystems/t/passthru/device_path', '/dev/nvme1')
        },
      ],
      ...['logdev=/dev/nvme1n1', 'noquota,rtdev=/dev/by-id'].map(
        (option): [string, string, RegExp, () => void] => [
          `an XFS has it as ${option}`,
          '0000:5f:00.0',
          /nvme1n1 is the log or realtime device of what is mounted on \/x in the mount namespace of PID 7$/,
          () => {
            host.tree.file('proc/7/mountinfo', `30 1 8:16 / /x rw - xfs /dev/sdb rw,${option}`)
            symlinkSync('nvme1n1', host.tree.path('dev/by-id'))
          },
        ],
      ),
      [
        'nobody can tell who has it open',
        '0000:5f:00.0',
        /cannot be told/,
        () => {
          for (const pid of [1, 7]) host.tree.remove(`proc/${pid}`)
        },
      ],
    ]
    for (const [because, at, says, make] of refused) {
      it(`does not unbind when ${because}`, () => {
        make()
        const { events } = run(
          [{ kind: 'unbind', bdf: at || bdf, driver: 'nvme', serial: null, record: null }],
          {},
          'sleep() { [ "$1" = 1 ] || command sleep "$1"; }\n',
        )
        match(last(events, /^step\/1 failed/), says)
        equal(events.at(-1), 'run outcome rolled_back')
        equal(
          events.some((event) => event.startsWith('undo')),
          false,
        )
      })
    }

    it('has a word for a tool that fails without one', () => {
      const { events } = run(away, {}, 'umount() { return 3; }\n')
      equal(last(events, /^step\/5 failed/), 'step/5 failed umount ended with 3 and said nothing')
    })

    it('does not unbind a drive from vfio while somebody drives it', () => {
      run(away)
      host.tree.dir('proc/8/fd')
      host.tree.file('proc/8/comm', 'reactor_0')
      symlinkSync('/dev/vfio/94', host.tree.path('proc/8/fd/3'))
      const { events } = run(back.slice(1, 2))
      equal(last(events, /^step\/1 failed/), 'step/1 failed PID 8 (reactor_0) has /dev/vfio/94 open')
    })

    it('does not unbind a drive from vfio while somebody has the lock file of SPDK open', () => {
      run(away)
      plantProcess(host.tree, 8, 'reactor_0', 'mnt:[1]', [`/var/tmp/spdk_pci_lock_${bdf}`])
      const { events } = run(back.slice(1, 2))
      match(last(events, /^step\/1 failed/), /PID 8 \(reactor_0\) has \/var\/tmp\/spdk_pci_lock_/)
    })

    it('unbinds in spite of a disabled export, a log device of others and the lock of another drive', () => {
      host.tree.file('sys/kernel/config/nvmet/subsystems/t/namespaces/1/enable', 0)
      host.tree.file('sys/kernel/config/nvmet/subsystems/t/namespaces/1/device_path', '/dev/nvme1n1')
      host.tree.file('proc/7/mountinfo', '30 1 8:16 / /x rw - xfs /dev/sdb rw,logdev=/dev/nvme0n1')
      plantProcess(host.tree, 8, 'reactor_0', 'mnt:[1]', [
        '/var/tmp/spdk_pci_lock_0000:77:00.0',
        '/dev/vfio/7',
      ])
      equal(run([unbindOther]).outcome, 'applied')
    })

    const changed: [string, object, string][] = [
      [
        'another serial',
        { driver: 'nvme', serial: 'S-1' },
        `the drive at ${bdf} has serial S-5e, the plan saw S-1`,
      ],
      [
        'another driver',
        { driver: 'vfio-pci', serial: '' },
        `${bdf} is on nvme, the plan saw it on vfio-pci`,
      ],
    ]
    it('touches nothing when the kernel does not answer for the drive', () => {
      host.tree.remove(`sys/bus/pci/devices/${bdf}/driver_override`)
      execFileSync('mkfifo', [host.tree.path(`sys/bus/pci/devices/${bdf}/driver_override`)])
      const { events } = run(
        away,
        { rechecks: [{ bdf, driver: 'nvme', serial: 'S-5e' }] },
        'canary_seconds=1\n',
      )
      equal(
        last(events, /^run reason/),
        `run reason the kernel does not answer for ${bdf}: an unbind or a reset of it seems to hang`,
      )
      equal(events.at(-1), 'run outcome refused')
    })

    for (const [what, recheck, says] of changed) {
      it(`touches nothing when the drive has ${what}`, () => {
        const { events, facts } = run(away, { rechecks: [{ bdf, ...recheck }] })
        deepStrictEqual(events.slice(3), [
          `recheck ${bdf} ${says}`,
          'run facts not probed: nothing was touched',
          `run reason ${says}`,
          'run outcome refused',
        ])
        equal(facts, undefined)
      })
    }

    it('respects the lock of a run that is at work, and takes over that of one that is gone', () => {
      host.tree.file('run/provision/lock/owner', 'ann@laptop since noon')
      host.tree.file('run/provision/lock/process', `7 4711 ${seen(start.bootId)}`)
      host.tree.file('proc/7/stat', `7 (a) b (c) S ${'1 '.repeat(18)}4711 0 0`)
      const { events } = run(back)
      deepStrictEqual(events.slice(1), [
        'run reason ann@laptop since noon (process 7 on the host)',
        'run outcome locked',
      ])
      host.tree.file('proc/7/stat', `7 (a) b (c) S ${'1 '.repeat(18)}4712 0 0`)
      const { events: later, outcome } = run([])
      equal(later[2], 'lock stale taken over from a run that is gone: ann@laptop since noon')
      equal(outcome, 'applied')
      equal(run([]).events[0], 'run begin run-1')
    })

    it('refuses where no lock can be had', () => {
      host.tree.remove('run')
      host.tree.remove('var')
      const { events } = run(back)
      match(events.at(-2) ?? '', /^run reason neither \/run\/provision nor/)
      equal(events.at(-1), 'run outcome refused')
    })

    it('finishes the step at hand and goes back when it is told to stop', () => {
      const told = run(
        away,
        {},
        'swapoff() { fake_lines=$(grep -v "^$1 " "$root/proc/swaps"); printf "%s\\n" "$fake_lines" >"$root/proc/swaps"; kill -TERM $$; }\n',
      )
      match(last(told.events, /^step\/4 done/), /no longer used as swap/)
      match(last(told.events, /^step\/5 failed/), /told to stop \(SIGTERM\)/)
      equal(told.outcome, 'rolled_back')
      deepStrictEqual(steady(told.facts), steady(start))
    })

    it('goes on when nobody listens any more', () => {
      const { status } = host.runDeaf(shell, programOf(away))
      equal(status, 0)
      match(host.tree.read('var/lib/provision/runs/run-1/journal'), /\nrun\toutcome\t=\tapplied\n$/)
      match(host.tree.read('var/lib/provision/runs/run-1/end'), /^applied whole\n/)
    })
  })
}

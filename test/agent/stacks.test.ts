import { deepStrictEqual, equal, match } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { layersOf } from '../../src/plan/layers.ts'
import type { StepAction } from '../../src/plan/step.ts'
import { predict } from '../../src/plan/steps/index.ts'
import type { HostFacts } from '../../src/probe/facts.ts'
import { configFiles } from '../support/config.ts'
import { drive, hostFacts } from '../support/facts.ts'
import { programOf } from '../support/program.ts'
import { isInstalled, shells } from '../support/run-sh.ts'
import { array, container, mountOn, volume } from '../support/stacks.ts'
import { PlantedHost } from './planted.ts'

const fakes = readFileSync(new URL('fake-stacks.sh', import.meta.url), 'utf8')
const [a, b] = ['0000:5e:00.0', '0000:5f:00.0']
const on = [a, b].map((bdf) => drive({ bdf, namespaces: [{ partitions: [{}, {}] }] }))

/** A volume over two drives with a container on it, and a mirror beside them. */
const start = hostFacts({
  drives: on,
  stack: [
    volume(0, 'vg-data', ['nvme0n1p1', 'nvme1n1p1']),
    container(1, 'safe', 'dm-0'),
    array(127, ['nvme0n1p2', 'nvme1n1p2']),
  ],
  mounts: [mountOn(1, 'safe', '/safe')],
  facts: configFiles({ '/etc/crypttab': 'safe UUID=1 /etc/safe.key discard,nofail' }),
})

const layers = layersOf(start).flatMap(({ way }) => (way.kind === 'sure' ? [way.layer] : []))
const close = (name: string): StepAction[] =>
  layers.flatMap((layer) => (layer.name === name ? [{ kind: 'close' as const, layer }] : []))
const open = (name: string): StepAction[] =>
  close(name).map((action) => ({ ...action, kind: 'open' }) as StepAction)
const place = { on: layers.find(({ name }) => name === 'safe')?.ref ?? '', name: 'safe', drives: [a, b] }
const mount = { ...place, target: '/safe', fstype: 'ext4', options: 'rw,relatime', root: '/' }

const away: StepAction[] = [
  { kind: 'umount', ...mount },
  ...close('md127'),
  ...close('safe'),
  ...close('vg-data'),
]
const back: StepAction[] = [
  ...open('vg-data'),
  ...open('safe'),
  ...open('md127'),
  { kind: 'mount', ...mount },
]

/** What stands on the block devices, whoever runs the tests. */
const steady = (facts: HostFacts | undefined) => ({
  blocks: facts?.blockDevices,
  mounts: facts?.mounts,
  drives: facts?.drives.map(({ namespaces }) => namespaces),
})

const failures: {
  it: string
  spoil: (host: PlantedHost) => void
  says: RegExp
  steps?: StepAction[]
  extra?: string
}[] = [
  {
    it: 'a key that does not open it: it is not closed',
    spoil: (host) => host.tree.file('etc/safe.key', 'wrong'),
    says: /^step\/3 failed the key in \/etc\/safe\.key does not open \/dev\/dm-0, so safe could not .*: No key available/,
  },
  {
    it: 'no key file',
    spoil: (host) => host.tree.remove('etc/safe.key'),
    says: /^step\/3 failed the key file \/etc\/safe\.key is not there now/,
  },
  {
    it: 'a part of the volume group that the plan does not hand over',
    spoil: (host) => host.tree.file('pvs', '  /dev/nvme0n1p1\n  /dev/nvme1n1p1\n  /dev/sda2'),
    says: /^step\/4 failed the volume group vg also has \/dev\/sda2, which this plan does not hand over/,
  },
  {
    it: 'a volume group that LVM does not know',
    spoil: (host) => host.tree.file('pvs', ''),
    says: /^step\/4 failed the volume group vg is not known to pvs/,
  },
  {
    it: 'something on the volume that came after the plan',
    steps: close('vg-data'),
    spoil: () => {},
    says: /^step\/1 failed \/dev\/dm-0 is held by \/dev\/dm-1/,
  },
  {
    it: 'an array with one member more than the plan saw',
    steps: close('md127'),
    spoil: (host) =>
      host.tree.link('sys/class/block/md127/slaves/sda3', 'sys/devices/virtual/block/any/sda3'),
    says: /^step\/1 failed \/dev\/md127 also lies on \/dev\/sda3, which the plan did not see/,
  },
  {
    it: 'an array that has lost a member',
    steps: close('md127'),
    spoil: (host) => host.tree.remove('sys/class/block/md127/slaves/nvme1n1p2'),
    says: /^step\/1 failed \/dev\/md127 does not lie on \/dev\/nvme1n1p2, though the plan saw it there/,
  },
  {
    it: 'a volume of another size than it had',
    steps: close('vg-data'),
    spoil: (host) => host.tree.file('sys/class/block/dm-0/size', 8),
    says: /^step\/1 failed \/dev\/dm-0 has 4096 bytes, it had 1073741824/,
  },
  {
    it: 'an array in use: who has it is named',
    steps: close('md127'),
    spoil: (host) => {
      host.tree.file('stuck', '')
      host.tree.file('proc/7/comm', 'dbwriter')
    },
    extra: 'who_has() { who="PID 7 (dbwriter) has $1 open"; }\n',
    says: /^step\/1 failed md127 is in use\.; PID 7 \(dbwriter\) has \/dev\/md127 open/,
  },
  {
    it: 'no mdadm',
    steps: close('md127'),
    spoil: () => {},
    extra: 'unset -f mdadm; command() { [ "$2" != mdadm ]; }\n',
    says: /^step\/1 failed mdadm is not installed \(package mdadm\)/,
  },
]

for (const shell of shells) {
  describe(`stacks, in ${shell.join(' ')}`, () => {
    let host: PlantedHost
    before(function () {
      if (!isInstalled(shell)) this.skip()
    })
    beforeEach(() => {
      host = new PlantedHost(start)
      host.tree.dir('safe')
      host.tree.file('etc/safe.key', 'right')
      host.tree.file('pvs', '  /dev/nvme0n1p1\n  /dev/nvme1n1p1')
    })
    afterEach(() => host.remove())

    const rechecks = [a, b].map((bdf) => ({ bdf, driver: 'nvme', serial: '' }))
    const run = (actions: StepAction[], extra = '') =>
      host.run(shell, programOf(actions, { rechecks }), fakes + extra)

    it('are closed and opened again, and both times the host is as predicted', () => {
      const there = run(away)
      equal(there.outcome, 'applied', there.events.join('\n'))
      deepStrictEqual(steady(there.facts), steady(predict(start, away)))
      const again = run(back)
      equal(again.outcome, 'applied', again.events.join('\n'))
      deepStrictEqual(steady(again.facts), steady(start))
      match(
        host.tree.read('mdadm'),
        /^--stop \/dev\/md127\n--assemble \/dev\/md127 \/dev\/nvme0n1p2 \/dev\/nvme1n1p2\n$/,
      )
      match(
        host.tree.read('cryptsetup'),
        /^open --test-passphrase .*\nclose safe\nopen .*--allow-discards \/dev\/dm-0 safe\n$/,
      )
    })

    it('need nothing done where all is closed already', () => {
      run(away)
      const { events } = run(away)
      equal(events.filter((event) => event.includes('noop')).length, away.length, events.join('\n'))
    })

    it('are closed on the way back though they have opened by themselves: our bind made them', () => {
      const opened = open('md127')
      const failing: StepAction = { kind: 'unbind', bdf: a, driver: 'vfio-pci', serial: null, record: null }
      const { events } = run([...opened, failing])
      match(events.join('\n'), /step\/1 done[\s\S]*undo\/1 done md127 is closed/)
      equal(host.tree.read('mdadm'), '--stop /dev/md127\n')
    })

    it('are put back when a later step fails', () => {
      const failing: StepAction = { kind: 'unbind', bdf: a, driver: 'vfio-pci', serial: null, record: null }
      const { outcome, events, facts } = run([...away, failing])
      equal(outcome, 'rolled_back', events.join('\n'))
      deepStrictEqual(steady(facts), steady(start))
    })

    it('take in again a member that udev has started the array without', () => {
      host.tree.remove('sys/class/block/md127/slaves/nvme0n1p2')
      host.tree.remove('sys/class/block/nvme0n1p2/holders/md127')
      const rejoin = `mdadm() { printf '%s\\n' "$*" >>"$root/mdadm"
        ln -s ../any "$root/sys/class/block/md127/slaves/nvme0n1p2"
        ln -s ../any "$root/sys/class/block/nvme0n1p2/holders/md127"; }\n`
      const { outcome, events } = run(open('md127'), rejoin)
      equal(outcome, 'applied', events.join('\n'))
      equal(host.tree.read('mdadm'), '/dev/md127 --re-add /dev/nvme0n1p2\n')
    })

    it('never put over what is no member any more', () => {
      host.tree.remove('sys/class/block/md127/slaves/nvme0n1p2')
      host.tree.remove('sys/class/block/nvme0n1p2/holders/md127')
      const { outcome, events } = run(
        open('md127'),
        `mdadm() { printf '%s\\n' "$*" >>"$root/mdadm"; echo 'mdadm: --re-add is not possible'; return 1; }\n`,
      )
      equal(outcome, 'rolled_back', events.join('\n'))
      match(
        events.find((event) => event.includes('no longer up to date')) ?? '',
        /then: mdadm \/dev\/md127 --add \/dev\/nvme0n1p2$/,
      )
      equal(host.tree.read('mdadm'), '/dev/md127 --re-add /dev/nvme0n1p2\n')
    })

    for (const { it: title, spoil, says, steps = away, extra } of failures)
      it(`fails at ${title}`, () => {
        spoil(host)
        const { outcome, events } = run(steps, extra)
        equal(outcome, 'rolled_back', events.join('\n'))
        match(events.find((event) => says.test(event)) ?? events.join('\n'), says)
      })
  })
}

import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { HostDeclaration } from '../../src/config/declaration.ts'
import { blockByRef } from '../../src/plan/block-ref.ts'
import { blockAt } from '../../src/plan/facts-update.ts'
import { allReasons, type HostPlan } from '../../src/plan/plan.ts'
import { planHost } from '../../src/plan/plan-host.ts'
import { released } from '../../src/plan/release.ts'
import { differences, stateOf } from '../../src/plan/state.ts'
import { drivesOf, type StepAction } from '../../src/plan/step.ts'
import { argsOf, predict, ruleOf, undoAll } from '../../src/plan/steps/index.ts'
import { usesOf } from '../../src/plan/uses.ts'
import { seen, unreadable } from '../../src/probe/fact.ts'
import type { Drive, HostFacts } from '../../src/probe/facts.ts'
import { arbitraryCase } from '../support/arbitrary-declaration.ts'
import { arbitraryFacts } from '../support/arbitrary-facts.ts'
import { arbitraryNode, vfioNodes } from '../support/arbitrary-node.ts'
import { arbitraryStackedCase, arbitraryStacks, withStacks } from '../support/arbitrary-stacks.ts'
import { plan, stamp } from '../support/planning.ts'
import { shuffled } from '../support/shuffled.ts'

interface Case {
  facts: HostFacts
  declaration: HostDeclaration
  plan: HostPlan
}

/** Checks a law on orderly nodes and on wild hosts. These are too large to be shrunk in any decent time. */
function law(name: string, holds: (one: Case) => void) {
  it(name, () => {
    const check = (one: Pick<Case, 'facts' | 'declaration'>) =>
      holds({ ...one, plan: plan(one.declaration, one.facts) })
    fc.assert(fc.property(arbitraryCase(arbitraryNode()), check), { numRuns: 400, endOnFailure: true })
    fc.assert(fc.property(arbitraryStackedCase(), check), { numRuns: 400, endOnFailure: true })
    fc.assert(fc.property(arbitraryCase(stacked), check), { numRuns: 100, endOnFailure: true })
    fc.assert(fc.property(arbitraryCase(wild), check), { numRuns: 20, endOnFailure: true })
  })
}

const stacked = fc.tuple(arbitraryNode(), arbitraryStacks).map(([facts, draws]) => withStacks(facts, draws))
const wild = fc
  .boolean()
  .chain((readable) => arbitraryFacts({ readable }))
  .map((facts) => ({ ...facts, nodeOwners: vfioNodes(facts) }))
const actionsOf = ({ steps }: HostPlan): StepAction[] => steps.map(({ action }) => action)

describe('the laws of planning', () => {
  law('planning the predicted facts yields no step', ({ facts, declaration, plan: first }) => {
    const after = predict(facts, actionsOf(first))
    const again = plan(declaration, after)
    assert.deepEqual(again.steps, [])
    if (first.outcome === 'blocked') return
    // A drive that nobody ever saw on the kernel's driver: what will be there is not predicted.
    const open = allReasons(again).filter(
      ({ severity, message }) => severity === 'block' && /not predicted/.test(message),
    )
    assert.equal(again.outcome, open.length > 0 ? 'blocked' : 'in_sync', JSON.stringify(allReasons(again)))
  })

  law('blocked hosts have no steps, changed hosts have some', ({ plan: { outcome, steps, ...rest } }) => {
    const blocking = allReasons(rest).filter(({ severity }) => severity === 'block')
    assert.equal(outcome === 'blocked', blocking.length > 0)
    assert.equal(outcome === 'changes', steps.length > 0)
  })

  law('no step touches a drive that is not declared', ({ facts, declaration, plan: planned }) => {
    const { spdk, kernel } = declaration.devices
    const claims = [...spdk, ...kernel]
    const declared = (drive: Drive) =>
      claims.some((claim) =>
        claim.by === 'bdf'
          ? claim.bdf === drive.bdf
          : claim.match.numa === null || seen(drive.numaNode) === claim.match.numa,
      )
    const touched = new Set(actionsOf(planned).flatMap(drivesOf))
    const after = stateOf(predict(facts, actionsOf(planned)))
    for (const drive of facts.drives.filter((one) => !declared(one))) {
      assert.ok(!touched.has(drive.bdf), `${drive.bdf} is touched`)
      assert.deepEqual(ofDrive(after, drive.bdf), ofDrive(stateOf(facts), drive.bdf))
    }
    const drives = new Set(facts.drives.map(({ bdf }) => bdf))
    for (const bdf of touched) assert.ok(drives.has(bdf), `${bdf} is no drive`)
  })

  law('no step touches a drive that the system runs from', ({ facts, plan: planned }) => {
    const touched = new Set(actionsOf(planned).flatMap(drivesOf))
    for (const bdf of carriers(facts)) assert.ok(!touched.has(bdf), `${bdf} is touched`)
  })

  law(
    'at the moment of its unbind nothing is on a drive any more',
    ({ facts, declaration, plan: planned }) => {
      const actions = actionsOf(planned)
      actions.forEach((action, at) => {
        if (action.kind !== 'unbind' || action.driver !== 'nvme') return
        const now = predict(facts, actions.slice(0, at))
        const drive = now.drives.find(({ bdf }) => bdf === action.bdf)
        assert.ok(drive !== undefined && drive.driver.state === 'known' && drive.driver.value === 'nvme')
        const kinds = usesOf(drive, now).map(({ kind }) => kind)
        const allowed = declaration.inUse === 'release' ? ['signature'] : []
        assert.deepEqual(
          kinds.filter((kind) => !allowed.includes(kind)),
          [],
        )
      })
    },
  )

  law('what is unmounted lies on top, with nothing mounted inside it', ({ facts, plan: planned }) => {
    const actions = actionsOf(planned)
    actions.forEach((action, at) => {
      if (action.kind !== 'umount') return
      const now = predict(facts, actions.slice(0, at))
      const mounts = seen(now.mounts) ?? []
      const top = mounts.findLast(({ target }) => target === action.target)
      const block = blockAt(now, action)
      assert.equal(top?.majmin, block?.majmin)
      assert.deepEqual(
        mounts.filter(({ target }) => target.startsWith(`${action.target}/`)),
        [],
      )
    })
  })

  law('any first steps and their undo end where they began', ({ facts, plan: planned }) => {
    const actions = actionsOf(planned)
    for (let done = 1; done <= actions.length; done += 1) {
      const back = predict(facts, [...actions.slice(0, done), ...undoAll(actions.slice(0, done))])
      assert.deepEqual(differences(stateOf(facts), stateOf(back)), [])
      assert.deepEqual(back.modules, facts.modules)
      assert.deepEqual(back.hugepages, facts.hugepages)
      assert.deepEqual(targets(back), targets(facts))
    }
  })

  law('handed over and released, a drive is as it was', ({ facts, declaration, plan: there }) => {
    const after = predict(facts, actionsOf(there))
    const back = plan(released(declaration, after), after)
    const gone = facts.drives.filter(
      ({ bdf, driver, record, driverOverride }) =>
        seen(driver) === 'nvme' &&
        record.state === 'absent' &&
        driverOverride.state === 'absent' &&
        actionsOf(there).some((action) => action.kind === 'bind' && action.bdf === bdf),
    )
    if (gone.length === 0 || back.outcome === 'blocked') return
    const end = stateOf(predict(after, actionsOf(back)))
    for (const { bdf } of gone) assert.deepEqual(ofDrive(end, bdf), ofDrive(stateOf(facts), bdf))
  })

  law(
    'a layer is closed with nothing on it, and only where all below it goes too',
    ({ facts, plan: planned }) => {
      const actions = actionsOf(planned)
      const leaving = actions.flatMap((action) => (action.kind === 'unbind' ? [action.bdf] : []))
      actions.forEach((action, at) => {
        if (action.kind !== 'close') return
        const now = predict(facts, actions.slice(0, at))
        const block = blockByRef(now, action.layer.ref)
        const device = now.blockDevices.find(({ name }) => name === block?.name)
        assert.ok(device !== undefined)
        assert.deepEqual(device.holders, [])
        assert.ok((seen(now.mounts) ?? []).every(({ majmin }) => majmin !== device.majmin))
        assert.ok((seen(now.swaps) ?? []).every(({ majmin }) => majmin !== device.majmin))
        const under = bottomOf(device.name, now)
        assert.deepEqual(
          under.filter((bdf) => bdf === null || !leaving.includes(bdf)),
          [],
        )
      })
    },
  )

  law('what was stacked is stacked again after the way back', ({ facts, plan: planned }) => {
    const actions = actionsOf(planned)
    const back = predict(facts, [...actions, ...undoAll(actions)])
    assert.deepEqual(trees(back), trees(facts))
  })

  law(
    'released, every stack that was closed is back with what was on it',
    ({ facts, declaration, plan: there }) => {
      if (!actionsOf(there).some(({ kind }) => kind === 'close')) return
      const after = predict(facts, actionsOf(there))
      const back = plan(released(declaration, after), after)
      if (back.outcome === 'blocked') return
      const end = predict(after, actionsOf(back))
      const closed = actionsOf(there).flatMap((action) =>
        action.kind === 'close' ? [action.layer.name] : [],
      )
      const opened = actionsOf(back).flatMap((action) => (action.kind === 'open' ? [action.layer.name] : []))
      for (const name of closed) assert.ok(opened.includes(name), `${name} stays closed`)
      assert.deepEqual(
        targets(end).filter((line) => line.includes('/stack')),
        targets(facts).filter((line) => line.includes('/stack')),
      )
    },
  )

  it('a plan is the same whatever the order of facts', () => {
    const scrambled = fc
      .oneof(arbitraryCase(arbitraryNode()), arbitraryStackedCase())
      .chain((one) =>
        shuffled(one.facts).map((facts) => ({ ...one, facts, plan: plan(one.declaration, one.facts) })),
      )
    fc.assert(
      fc.property(scrambled, ({ facts, declaration, plan: planned }) => {
        assert.deepEqual(plan(declaration, facts), planned)
      }),
      { numRuns: 400, endOnFailure: true },
    )
  })

  law('without any one fact that matters, no drive gets a step', ({ facts, declaration, plan: planned }) => {
    const [first] = actionsOf(planned).flatMap(drivesOf)
    const drive = facts.drives.find(({ bdf }) => bdf === first)
    if (drive === undefined) return
    const unbinds = actionsOf(planned)
      .filter(({ kind }) => kind === 'unbind')
      .flatMap(drivesOf)
    for (const blind of [
      ...blindFacts(facts, drive),
      ...(unbinds.includes(drive.bdf) ? blindToUsers(facts, drive) : []),
    ]) {
      const touching: StepAction[] = actionsOf(plan(declaration, blind)).filter((action) =>
        drivesOf(action).includes(drive.bdf),
      )
      assert.deepEqual(touching, [])
    }
  })

  law('a plan survives JSON, and its steps speak in strings', ({ plan: planned }) => {
    assert.deepEqual(JSON.parse(JSON.stringify(planned)), planned)
    for (const action of actionsOf(planned)) {
      for (const arg of argsOf(action)) assert.ok(typeof arg === 'string' && !arg.includes('\0'))
      const rule = ruleOf(action.kind)
      assert.doesNotMatch(`${rule.target(action)} ${rule.summary(action)}`, /undefined|null|\[object|NaN/)
    }
  })

  law('a state does not differ from itself, and any change is told', ({ facts, plan: planned }) => {
    const [before, after] = [stateOf(facts), stateOf(predict(facts, actionsOf(planned)))]
    assert.deepEqual(differences(before, structuredClone(before)), [])
    const moves = planned.steps.filter(({ kind }) => kind === 'bind' || kind === 'hugepages')
    assert.equal(differences(before, after).length > 0 || moves.length === 0, true)
  })

  it('says the same when asked twice', () => {
    fc.assert(
      fc.property(arbitraryCase(arbitraryNode()), ({ facts, declaration }) => {
        const ask = () => planHost({ declaration, facts, stamp })
        assert.deepEqual(ask(), ask())
      }),
      { numRuns: 100 },
    )
  })
})

function ofDrive(state: Record<string, string>, bdf: string) {
  return Object.entries(state).filter(([subject]) => subject.startsWith(`${bdf} `))
}

/** BDFs at the bottom of a device, null for what is no drive: told here in another way than the planner does. */
function bottomOf(name: string, facts: HostFacts): (string | null)[] {
  const drive = facts.drives.find(({ namespaces }) =>
    namespaces.some((one) => [one, ...one.partitions].some((block) => block.name === name)),
  )
  if (drive !== undefined) return [drive.bdf]
  const slaves = facts.blockDevices.find((device) => device.name === name)?.slaves ?? []
  return slaves.length === 0 ? [null] : slaves.flatMap((slave) => bottomOf(slave, facts))
}

/** Every stacked device by what it is and what it lies on, without numbers that may change. */
function trees(facts: HostFacts): string[] {
  const title = (name: string): string => {
    const device = facts.blockDevices.find((one) => one.name === name)
    if (device === undefined) return name
    const own = seen(device.dmUuid) ?? seen(device.raid)?.level ?? ''
    return `${own}(${device.slaves.map(title).sort().join(',')})`
  }
  return facts.blockDevices.map(({ name }) => title(name)).sort()
}

function targets({ mounts }: HostFacts): string[] {
  return (seen(mounts) ?? []).map(({ target, source }) => `${source} ${target}`).sort()
}

/** Drives under / by device number, through dm and partitions: told here in another way than the planner does. */
function carriers(facts: HostFacts): string[] {
  const roots = (seen(facts.mounts) ?? []).filter(({ target }) => target === '/').map(({ majmin }) => majmin)
  const under = new Set(roots)
  for (let grown = -1; grown !== under.size; ) {
    grown = under.size
    for (const device of facts.blockDevices)
      if (under.has(device.majmin) || under.has(device.name))
        for (const slave of device.slaves) under.add(slave)
  }
  return facts.drives.flatMap((drive) => {
    const blocks = drive.namespaces.flatMap((namespace) => [namespace, ...namespace.partitions])
    return blocks.some(({ name, majmin }) => under.has(name) || under.has(majmin)) ? [drive.bdf] : []
  })
}

/** The same host with one fact that a move of this drive depends on made unreadable, for each such fact. */
function blindFacts(facts: HostFacts, drive: Drive): HostFacts[] {
  const blind = unreadable('I/O error')
  const others = facts.drives.filter((one) => one !== drive)
  const withDrive = (change: Partial<Drive>) => ({ ...facts, drives: [...others, { ...drive, ...change }] })
  const onNvme = seen(drive.driver) === 'nvme'
  const unsigned = drive.namespaces.map((one, at) => (at > 0 ? one : { ...one, signatures: blind }))
  return [
    withDrive({ driver: blind }),
    withDrive({ driverOverride: blind }),
    withDrive({ iommuGroup: blind }),
    withDrive({ record: blind }),
    ...(onNvme ? [withDrive({ controller: blind })] : []),
    { ...facts, mounts: blind },
    { ...facts, swaps: blind },
    { ...facts, btrfsMembers: blind },
    { ...facts, resume: blind },
    { ...facts, configLines: blind },
    { ...facts, aliases: blind },
    { ...facts, uid: 1000 },
    ...(onNvme && drive.record.state === 'absent' && unsigned.length > 0
      ? [withDrive({ namespaces: unsigned })]
      : []),
  ]
}

/** Who uses the drive now matters to one that leaves its driver. */
function blindToUsers(facts: HostFacts, drive: Drive): HostFacts[] {
  const blind = unreadable('I/O error')
  return [
    { ...facts, openFiles: blind },
    ...(seen(drive.driver) === 'nvme'
      ? [
          { ...facts, otherMounts: blind },
          { ...facts, exports: blind },
        ]
      : []),
  ]
}

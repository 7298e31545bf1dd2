import { known, mapFact } from '../../probe/fact.ts'
import { blockAt } from '../facts-update.ts'
import { placeArgs, placeName } from '../place-name.ts'
import type { ActionOf } from '../step.ts'
import type { StepRule } from '../step-rule.ts'

export const mountRule: StepRule<ActionOf<'mount'>> = {
  kind: 'mount',
  plan: (need) =>
    outerFirst([
      ...need.moves.map((move) =>
        move.direction === 'give_back'
          ? move.mounts.map((mount) => ({ kind: 'mount' as const, bdf: move.drive.bdf, ...mount }))
          : [],
      ),
      ...need.stack.mount.map((mount) => [{ kind: 'mount' as const, ...mount }]),
    ]),
  target: (action) => action.target,
  summary: (action) => `mount ${placeName(action)} at ${action.target} again (${action.fstype})`,
  args: (action) => [...placeArgs(action), action.target, action.fstype, action.options, action.root],
  predict: (facts, action) => {
    const block = blockAt(facts, action)
    if (block === undefined) return facts
    const { target, fstype, options, root } = action
    const mount = { majmin: block.majmin, root, target, fstype, source: block.path, options }
    return { ...facts, mounts: mapFact(facts.mounts, (mounts) => known([...mounts, mount])) }
  },
  undo: (action) => [{ ...action, kind: 'umount' }],
}

/** Each drive's mounts in their own order; a filesystem that was mounted inside that of another drive comes after it. */
function outerFirst(drives: ActionOf<'mount'>[][]): ActionOf<'mount'>[] {
  const left = drives.filter((mounts) => mounts.length > 0)
  const isInner = ([mount]: ActionOf<'mount'>[], at: number) =>
    left.some(
      (other, there) => there !== at && other.some((outer) => mount?.target.startsWith(`${outer.target}/`)),
    )
  // Two drives mounted inside each other, one time and another: any order is as good then.
  const next = Math.max(
    0,
    left.findIndex((mounts, at) => !isInner(mounts, at)),
  )
  const [mount, ...rest] = left[next] ?? []
  return mount === undefined ? [] : [mount, ...outerFirst(left.with(next, rest))]
}

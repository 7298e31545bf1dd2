import type { HostResult } from '../events/events.ts'
import { differences, stateOf } from '../plan/state.ts'
import { seen } from '../probe/fact.ts'
import type { Drive, HostFacts } from '../probe/facts.ts'
import { type Expectation, lostResult, problem } from './judge.ts'
import type { TakeBackResult } from './take-back.ts'

/**
 * The end of a rollback, judged by the probe that followed: `taken_back` means that the host is as it was before the
 * run. What a drive held is told beside it, since no step can bring back what was written over.
 */
export function judgeTakenBack(
  result: TakeBackResult,
  expected: Pick<Expectation, 'plan' | 'before' | 'attempt'>,
): HostResult {
  const { plan, before } = expected
  switch (result.outcome) {
    case 'rolled_back': {
      const { facts } = result
      const what = 'The steps were taken back, but the host is not as it was before the run'
      if (facts.kind === 'none') {
        const error = problem('NOT_VERIFIED', `${what}: ${facts.why}`, plan)
        return { kind: 'failed', plan, failure: null, error, differences: [] }
      }
      const found = differences(stateOf(before), stateOf(facts.facts))
      const notes = contentNotes(
        plan.devices.map(({ bdf }) => bdf),
        before,
        facts.facts,
      )
      if (found.length === 0) return { kind: 'taken_back', plan, undone: result.undone.length, notes }
      const error = problem('NOT_VERIFIED', [what, ...notes].join('. '), plan)
      return { kind: 'failed', plan, failure: null, error, differences: found }
    }
    case 'failed': {
      const { facts } = result
      const state = facts.kind === 'seen' ? differences(stateOf(before), stateOf(facts.facts)) : []
      const notes =
        facts.kind === 'seen'
          ? contentNotes(
              plan.devices.map(({ bdf }) => bdf),
              before,
              facts.facts,
            )
          : []
      const message = `${result.message}. The host is not as it was before the run`
      const error = problem('ROLLBACK_FAILED', [message, ...notes].join('. '), plan)
      return { kind: 'failed', plan, failure: null, error, differences: state }
    }
    case 'refused': {
      const message = `Refused before anything was taken back: ${result.message}`
      return { kind: 'stale', plan, error: problem('HOST_CHANGED', message, plan) }
    }
    case 'locked':
      return { kind: 'locked', plan, holder: result.holder }
    case 'lost':
      return lostResult(result, expected)
  }
}

/** What is on drives now that was not, or no longer what was there: SPDK, or somebody else, wrote to them. */
export function contentNotes(bdfs: readonly string[], before: HostFacts, after: HostFacts): string[] {
  return bdfs.flatMap((bdf) => {
    const [was, is] = [before, after].map((facts) => facts.drives.find((drive) => drive.bdf === bdf))
    if (was === undefined || is === undefined || was.namespaces.length === 0 || is.namespaces.length === 0)
      return []
    const [held, holds] = [contents(was), contents(is)]
    if (held === holds) return []
    return [`${bdf} was in other hands meanwhile and was written to: it held ${held}, now it holds ${holds}`]
  })
}

function contents({ namespaces }: Drive): string {
  const types = namespaces
    .flatMap((namespace) => [namespace, ...namespace.partitions])
    .flatMap(({ signatures }) =>
      (seen(signatures) ?? [{ type: 'something unreadable' }]).map(({ type }) => type),
    )
  return [...new Set(types)].sort().join(', ') || 'nothing'
}

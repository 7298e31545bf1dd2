import { bindingReasons } from './binding.ts'
import { dataReasons } from './data.ts'
import { fleetReasons } from './fleet.ts'
import { hostReasons } from './host.ts'
import { hugepageReasons } from './hugepages.ts'
import { identityReasons } from './identity.ts'
import { moduleReasons } from './modules.ts'
import type { Reason, ReasonText } from './reason.ts'
import { referenceReasons } from './references.ts'
import { rivalReasons } from './rivals.ts'
import { stackReasons } from './stacks.ts'
import { usedNowReasons } from './used-now.ts'

/** The one registry: every reason code with its severity, texts and remedy. Guards, `explain` and the docs read it. */
export const registry = {
  ...hostReasons,
  ...identityReasons,
  ...dataReasons,
  ...stackReasons,
  ...bindingReasons,
  ...hugepageReasons,
  ...usedNowReasons,
  ...referenceReasons,
  ...moduleReasons,
  ...rivalReasons,
  ...fleetReasons,
}

export type ReasonCode = keyof typeof registry
export type SeenOf<C extends ReasonCode> = (typeof registry)[C] extends ReasonText<infer P> ? P : never

/** A reason by its code, told from what was seen. */
export function reason<C extends ReasonCode>(code: C, seen: SeenOf<C>): Reason {
  const text = registry[code] as ReasonText<SeenOf<C>>
  const severity = text.blocksWhen?.(seen) === true ? 'block' : text.severity
  return { code, severity, message: text.message(seen), remedy: text.remedy(seen) }
}

/** `block`, `warn`, or `warn or block` for one that depends on what was seen. */
export function severityOf(code: ReasonCode): 'block' | 'warn' | 'warn or block' {
  const { severity, blocksWhen }: Pick<ReasonText<never>, 'severity' | 'blocksWhen'> = registry[code]
  return blocksWhen === undefined ? severity : 'warn or block'
}

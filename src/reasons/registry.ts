import { bindingReasons } from './binding.ts'
import { dataReasons } from './data.ts'
import { hostReasons } from './host.ts'
import { hugepageReasons } from './hugepages.ts'
import { identityReasons } from './identity.ts'
import type { Reason, ReasonText } from './reason.ts'
import { stackReasons } from './stacks.ts'

/** The one registry: every reason code with its severity, texts and remedy. Guards, `explain` and the docs read it. */
export const registry = {
  ...hostReasons,
  ...identityReasons,
  ...dataReasons,
  ...stackReasons,
  ...bindingReasons,
  ...hugepageReasons,
}

export type ReasonCode = keyof typeof registry
export type SeenOf<C extends ReasonCode> = (typeof registry)[C] extends ReasonText<infer P> ? P : never

/** A reason by its code, told from what was seen. */
export function reason<C extends ReasonCode>(code: C, seen: SeenOf<C>): Reason {
  const text = registry[code] as ReasonText<SeenOf<C>>
  return { code, severity: text.severity, message: text.message(seen), remedy: text.remedy(seen) }
}

/**
 * Why a host or a drive is not, or not only, what the user hoped for. `block`: nothing on that host is touched.
 * `code` is stable; the wording may change.
 */
export interface Reason {
  code: string
  severity: 'block' | 'warn'
  /** What was seen and why it matters, in full sentences. */
  message: string
  /** What to do, with the exact command where there is one. */
  remedy: string
}

/** A registry entry: how a reason is told, from what was seen. */
export interface ReasonText<P> {
  severity: 'block' | 'warn'
  /** For a warning: what was seen that makes it block. */
  blocksWhen?(seen: P): boolean
  /** One line for lists and `explain`: what this reason stands for in general. */
  title: string
  /** Words by which people search for this trouble: what setup.sh or SPDK print in the same case. */
  symptoms?: string[]
  message(seen: P): string
  remedy(seen: P): string
}

/** Gives an entry its parameter type, so that a guard cannot leave out what the text needs. */
export function tell<P>(text: ReasonText<P>): ReasonText<P> {
  return text
}

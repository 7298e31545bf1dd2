/**
 * An error a user can act on. It is a value with a stable `code`; only the code and the fields are a
 * contract, the wording may change. A bug is never a ProvisionError: those keep their own class and stack.
 */
export class ProvisionError extends Error {
  override readonly name = 'ProvisionError'
  /** Stable, upper-case, e.g. `HOST_KEY_UNKNOWN`. */
  readonly code: string
  /** The host it concerns, by its name in the hosts file. */
  readonly host: string | undefined
  /** The step it concerns, by its id in the plan. */
  readonly step: number | undefined
  /** What to do next; a command to paste where there is one. */
  readonly hint: string | undefined

  constructor(
    code: string,
    message: string,
    more: { host?: string; step?: number; hint?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.code = code
    this.host = more.host
    this.step = more.step
    this.hint = more.hint
  }
}

import { ProvisionError } from '../errors.ts'
import type { ExecOutcome } from '../transport/transport.ts'

/** Where it happened, for the error's fields and words. */
export interface ExecContext {
  host?: string
  become: 'none' | 'sudo'
  /** What was being done, e.g. `the probe`. */
  what: string
}

/** Why a command that should have exited did not: `CONNECTION_LOST`, `TIMED_OUT`, `SIGNALLED`, `FLOODED`; undefined if it exited. */
export function outcomeError(outcome: ExecOutcome, context: ExecContext): ProvisionError | undefined {
  const { what } = context
  switch (outcome.kind) {
    case 'exited':
      return undefined
    case 'lost':
      return execError(
        context,
        'CONNECTION_LOST',
        `The connection was lost during ${what}: ${outcome.why}.`,
        'Check the network and run it again.',
      )
    case 'timed_out':
      return execError(
        context,
        'TIMED_OUT',
        `The host did not finish ${what} within ${Math.round(outcome.afterMs / 1000)} s.`,
        'A drive that no longer answers can hang whoever reads it: look for tasks in state D (`ps -eo pid,stat,wchan,cmd | grep " D"`) and in dmesg. On a host that is only slow, give a longer --timeout.',
      )
    case 'signalled':
      return execError(
        context,
        'SIGNALLED',
        `A signal (${outcome.signal}) ended ${what} on the host${said(outcome.stderr)}`,
        'Look in dmesg for the out-of-memory killer.',
      )
    case 'flooded':
      return execError(
        context,
        'FLOODED',
        `The host sent more than ${outcome.bytes} bytes during ${what}.`,
        'Something on the host prints without end: try `ssh HOST true` and look at what the login shell prints.',
      )
  }
}

/**
 * Why a command exited without having run our script: sudo's refusals by sudo's own words (`SUDO_PASSWORD_REQUIRED`,
 * `SUDO_MISSING`, `SUDO_TTY_REQUIRED`, `SUDO_NOT_ALLOWED`), undefined if it was not sudo.
 */
export function sudoError(text: string, context: ExecContext): ProvisionError | undefined {
  if (context.become !== 'sudo') return undefined
  const refusal = refusals.find(({ words }) => words.test(text))
  if (refusal === undefined) return undefined
  return execError(context, refusal.code, `${refusal.message}${said(text)}`, refusal.hint)
}

const refusals = [
  {
    code: 'SUDO_PASSWORD_REQUIRED',
    words:
      /sudo(-rs)?: .*(password is required|terminal is required|no tty present|no askpass|authentication required)/i,
    message: 'sudo on this host wants a password',
    hint: 'Let this user run sudo without one, in /etc/sudoers.d: `USER ALL=(root) NOPASSWD: /bin/sh`, or connect as root.',
  },
  {
    code: 'SUDO_TTY_REQUIRED',
    words: /must have a tty/i,
    message: 'sudo on this host refuses to run without a terminal',
    hint: 'Take `Defaults requiretty` out of /etc/sudoers on the host (visudo).',
  },
  {
    code: 'SUDO_NOT_ALLOWED',
    words: /not in the sudoers|not allowed to (execute|run)|may not run sudo|I'm sorry .*\. I'm afraid/i,
    message: 'sudo on this host does not let this user run /bin/sh as root',
    hint: 'Allow it in /etc/sudoers.d: `USER ALL=(root) NOPASSWD: /bin/sh`, or connect as root.',
  },
  {
    code: 'SUDO_MISSING',
    words:
      /sudo: (command )?not found|command not found:? ?sudo|unknown command:? '?sudo|sudo: no such file/i,
    message: 'There is no sudo on this host',
    hint: 'Install sudo, or connect as root with `become: none`.',
  },
] as const

export function execError(context: ExecContext, code: string, message: string, hint: string): ProvisionError {
  return new ProvisionError(code, message, {
    hint,
    ...(context.host === undefined ? {} : { host: context.host }),
  })
}

/** What the host printed, as the end of a sentence. Control characters of a stranger must not reach a terminal. */
export function said(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return clean === '' ? '.' : `: ${clean.slice(0, 500)}`
}

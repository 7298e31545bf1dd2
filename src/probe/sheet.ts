import { ProvisionError } from '../errors.ts'
import { absent, type Fact, known, unreadable } from './fact.ts'
import type { WireLine } from './wire.ts'

/**
 * The lines of one answer, by subject and attribute. An attribute that was said several times is a list (holders,
 * mounts); where one value is wanted, the last word counts.
 */
export class Sheet {
  readonly #subjects = new Map<string, Map<string, WireLine[]>>()
  readonly #kinds = new Map<string, string[]>()

  add(line: WireLine): void {
    let attributes = this.#subjects.get(line.subject)
    if (attributes === undefined) {
      attributes = new Map()
      this.#subjects.set(line.subject, attributes)
      this.#register(line.subject)
    }
    const lines = attributes.get(line.attribute)
    if (lines === undefined) attributes.set(line.attribute, [line])
    else lines.push(line)
  }

  /** What stands behind `kind/` in every subject of that kind, in the order of the answer. */
  names(kind: string): string[] {
    return [...(this.#kinds.get(kind) ?? [])]
  }

  /** Every attribute of a subject with the last word on it. */
  attributes(subject: string): [string, Fact<string>][] {
    const attributes = this.#subjects.get(subject)
    return attributes === undefined ? [] : [...attributes.keys()].map((a) => [a, this.fact(subject, a)])
  }

  /** A fact; unreadable when the probe said nothing of it. */
  fact(subject: string, attribute: string): Fact<string> {
    const line = this.#last(subject, attribute)
    if (line === undefined) return unreadable('the probe did not report it')
    if (line.state === '-') return absent
    return line.state === '=' ? known(line.value) : unreadable(line.value)
  }

  /** All known values of a list. */
  all(subject: string, attribute: string): string[] {
    const lines = this.#subjects.get(subject)?.get(attribute) ?? []
    return lines.filter((line) => line.state === '=').map((line) => line.value)
  }

  /** Whether the probe spoke of it at all. */
  says(subject: string, attribute: string): boolean {
    return this.#last(subject, attribute) !== undefined
  }

  /** A value without which the rest makes no sense. Throws PROBE_MALFORMED. */
  need(subject: string, attribute: string): string {
    const line = this.#last(subject, attribute)
    if (line?.state !== '=') throw malformed(`${subject} has no ${attribute}`)
    return line.value
  }

  needNumber(subject: string, attribute: string): number {
    return integer(this.need(subject, attribute), `${subject} ${attribute}`)
  }

  needMajmin(subject: string): string {
    return majmin(this.need(subject, 'majmin'), subject)
  }

  #register(subject: string): void {
    const slash = subject.indexOf('/')
    if (slash < 0) return
    const kind = subject.slice(0, slash)
    const names = this.#kinds.get(kind)
    if (names === undefined) this.#kinds.set(kind, [subject.slice(slash + 1)])
    else names.push(subject.slice(slash + 1))
  }

  #last(subject: string, attribute: string): WireLine | undefined {
    return this.#subjects.get(subject)?.get(attribute)?.at(-1)
  }
}

/** A whole number as the kernel prints it. Throws PROBE_MALFORMED. */
export function integer(text: string, what: string): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw malformed(`${what} is not a number: ${quoted(text)}`)
  return value === 0 ? 0 : value
}

/** `major:minor`. Throws PROBE_MALFORMED. */
export function majmin(text: string, what: string): string {
  if (!/^\d{1,7}:\d{1,7}$/.test(text)) throw malformed(`${what} has no device number: ${quoted(text)}`)
  return text
}

/** The host's answer has the right frame and cannot be understood. */
export function malformed(what: string): ProvisionError {
  return new ProvisionError('PROBE_MALFORMED', `The probe's answer cannot be understood: ${what}.`, {
    hint: 'Run it again. If it stays, something on the host changes what sh or the tools print; report it with the output of -v.',
  })
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}

import fc from 'fast-check'
import { decodeBytes } from '../../src/probe/bytes.ts'
import { absent, type Fact, known, unreadable } from '../../src/probe/fact.ts'

/** Texts as a host may tell them: any byte but NUL and newline, not empty, nothing blank at the ends. */
export const hostText: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 20 }).map((text) => Buffer.from(text)) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((text) => Buffer.from(text)),
    },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    },
  )
  .map((bytes) => decodeBytes(bytes.filter((byte) => byte !== 0 && byte !== 10)).trim() || 'x')

/** The same with newlines: only where the kernel escapes them, as in mount points. */
export const hostPath: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(hostText, fc.constantFrom('a b', 'tab\there', 'two\nlines', 'back\\slash', '#1', 'Ünïcode')),
    {
      maxLength: 3,
    },
  )
  .map((parts) => `/${parts.map((part) => part.replaceAll('/', '-')).join('/')}`)

export const word = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,9}$/)

/** A fact in any of its states; mostly known. */
export function arbitraryFact<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> {
  return fc.oneof(
    { weight: 6, arbitrary: value.map((v): Fact<T> => known(v)) },
    { weight: 2, arbitrary: fc.constant<Fact<T>>(absent) },
    { weight: 1, arbitrary: hostText.map((why): Fact<T> => unreadable(why)) },
  )
}

/** A fact that could be read. */
export function readableFact<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> {
  return fc.oneof(
    { weight: 3, arbitrary: value.map((v): Fact<T> => known(v)) },
    { weight: 1, arbitrary: fc.constant<Fact<T>>(absent) },
  )
}

import { seen } from '../../probe/fact.ts'
import type { HostFacts } from '../../probe/facts.ts'

/** A word of the kernel command line. */
export interface KernelArgument {
  /** With `_` for every `-`, which the kernel takes for the same. */
  key: string
  value: string
  /** As it stands there. */
  text: string
}

/** The words of the running kernel's command line; what stands behind `--` is for init. */
export function kernelArguments(facts: HostFacts): KernelArgument[] {
  const words: string[] = (seen(facts.cmdline) ?? '').match(/(?:"[^"]*"|[^\s"])+/g) ?? []
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).map((text) => {
    const plain = text.replaceAll('"', '')
    const equals = plain.indexOf('=')
    const key = equals < 0 ? plain : plain.slice(0, equals)
    return { key: key.replaceAll('-', '_'), value: equals < 0 ? '' : plain.slice(equals + 1), text }
  })
}

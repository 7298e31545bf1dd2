import { known } from '../../src/probe/fact.ts'
import type { ConfigLine, HostFacts } from '../../src/probe/facts.ts'

/** Configuration files as the probe tells them: comments and blank lines left out, the numbers kept. */
export function configFiles(files: Record<string, string>): Pick<HostFacts, 'configLines'> {
  const lines = Object.entries(files).flatMap(([file, content]) =>
    content
      .split('\n')
      .map((text, at): ConfigLine => ({ file, line: at + 1, text }))
      .filter(({ text }) => /^\s*[^#;\s]/.test(text)),
  )
  return { configLines: known(lines) }
}

/** `configFiles` of an fstab, with the links of udev. */
export function withFstab(content: string, aliases: Record<string, string> = {}): Partial<HostFacts> {
  return { ...configFiles({ '/etc/fstab': content }), aliases: known(aliases) }
}

import type { HostFacts } from '../../probe/facts.ts'
import type { Saying } from '../../reasons/saying.ts'
import { kernelArguments } from './command-line.ts'
import { linesIn } from './lines.ts'

const DEBIAN_LINK = '/etc/sysctl.d/99-sysctl.conf'

/**
 * Who else sets hugepages at boot, in the order in which they do: the kernel by its command line, then the files of
 * sysctl by their names, whatever their folders. The last one has its way. /etc/sysctl.conf counts where it is linked
 * as 99-sysctl.conf, and otherwise only when somebody runs `sysctl -p`.
 */
export function hugepageWriters(facts: HostFacts): Saying[] {
  const early = kernelArguments(facts)
    .filter(({ key }) => key === 'hugepages')
    .map(({ text }): Saying => ({ in: 'command line', text }))
  const lines = linesIn(facts, /^\/etc\/sysctl\.conf$|\/sysctl\.d\//).filter(({ text }) =>
    /^\s*-?\s*vm[./]nr_hugepages(_mempolicy)?\s*=/.test(text),
  )
  const linked = lines.some(({ file }) => file === DEBIAN_LINK)
  const late = lines
    .filter(({ file }) => !(linked && file === DEBIAN_LINK))
    .map((at) => ({
      at,
      key: at.file === '/etc/sysctl.conf' ? '99-sysctl.conf' : (at.file.split('/').at(-1) ?? ''),
    }))
    .toSorted((a, b) => (a.key === b.key ? a.at.line - b.at.line : a.key < b.key ? -1 : 1))
    .map(({ at }): Saying => ({ in: 'file', at, text: at.text.trim() }))
  return [...early, ...late]
}

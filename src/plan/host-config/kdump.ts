import type { HostFacts } from '../../probe/facts.ts'
import { linesIn, wordsOf } from './lines.ts'

/** Where the kernel dumps to when it crashes: a device as fstab would name it, or a folder. */
export type DumpTarget = { kind: 'device'; word: string } | { kind: 'folder'; path: string }

/** As kdump.conf (Fedora, RHEL) and /etc/default/kdump-tools (Debian, Ubuntu) say; none where nothing is set up. */
export function dumpTargets(facts: HostFacts): DumpTarget[] {
  const lines = linesIn(facts, /^\/etc\/kdump\.conf$/).map(({ text }) => wordsOf(text))
  const devices = lines.flatMap(([directive = '', word]): DumpTarget[] =>
    /^(raw|ext[234]|xfs|btrfs|minix)$/.test(directive) && word !== undefined
      ? [{ kind: 'device', word: word.replace(/^(\w+=)?"(.*)"$/, '$1$2') }]
      : [],
  )
  // With a target of its own, `path` is a folder there.
  const remote = lines.some(([directive = '']) => /^(nfs|ssh)$/.test(directive))
  const folders = lines.flatMap(([directive, path]) =>
    directive === 'path' && path !== undefined ? [path] : [],
  )
  if (lines.length > 0 && devices.length === 0 && !remote && folders.length === 0) folders.push('/var/crash')
  const debian = linesIn(facts, /^\/etc\/default\/kdump-tools$/).flatMap(({ text }) => {
    const path = /^\s*(?:export\s+)?KDUMP_COREDIR=["']?(\/[^"'\s]*)/.exec(text)?.[1]
    return path === undefined ? [] : [path]
  })
  const here = devices.length > 0 || remote ? [] : folders
  return [...devices, ...[...here, ...debian].map((path): DumpTarget => ({ kind: 'folder', path }))]
}

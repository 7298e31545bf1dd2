import type { Event, HostOutcome } from '../../src/events/events.ts'

/** Events of a run as they came, each with its time in milliseconds since the start. */
export type Recording = { at: number; event: Event }[]

const steps = [
  { kind: 'module', summary: 'load kernel module vfio-pci' },
  { kind: 'umount', summary: 'unmount /data (ext4 on 0000:5e:00.0 ns1 p1)' },
  { kind: 'unbind', summary: 'take 0000:5e:00.0 from nvme' },
  { kind: 'bind', summary: 'bind 0000:5e:00.0 to vfio-pci' },
] as const

/**
 * A run over `hosts` hosts, `forks` at a time: a probe, then the steps. Every 17th host cannot be reached, every 11th
 * fails at its third step and takes the first two back. Sorted by time.
 */
export function recordRun({ hosts, forks }: { hosts: number; forks: number }): Recording {
  const names = Array.from({ length: hosts }, (_, at) => `stor-${String(at + 1).padStart(3, '0')}`)
  const isReached = (at: number) => (at + 1) % 17 !== 0
  const probe = phase('probe', 0, names, forks, (name, at, start) => [
    ...probed(name, start, isReached(at) ? 'in_sync' : 'unreachable', 400 + ((at * 37) % 300)),
  ])
  const reached = names.filter((_, at) => isReached(at))
  const apply = phase('apply', (probe.at(-1)?.at ?? 0) + 100, reached, forks, applied)
  return [...probe, ...apply]
}

function phase(
  name: 'probe' | 'apply',
  start: number,
  hosts: string[],
  forks: number,
  play: (host: string, at: number, start: number) => Recording,
): Recording {
  const free = Array.from({ length: forks }, () => start)
  const events = hosts.flatMap((host, at) => {
    const slot = free.indexOf(Math.min(...free))
    const played = play(host, at, free[slot] ?? start)
    free[slot] = played.at(-1)?.at ?? start
    return played
  })
  const sorted = events.sort((a, b) => a.at - b.at)
  return [
    { at: start, event: { type: 'phase_started', phase: name, hosts: hosts.length } },
    ...sorted,
    { at: sorted.at(-1)?.at ?? start, event: { type: 'phase_finished', phase: name } },
  ]
}

function probed(host: string, start: number, outcome: HostOutcome, took: number): Recording {
  return [
    { at: start, event: { type: 'host_started', phase: 'probe', host } },
    { at: start + took, event: { type: 'host_finished', phase: 'probe', host, outcome } },
  ]
}

function applied(host: string, at: number, start: number): Recording {
  const fails = (at + 1) % 11 === 0
  const events: Recording = [{ at: start, event: { type: 'host_started', phase: 'apply', host } }]
  const took = 300 + ((at * 53) % 1500)
  let now = start
  const tell = (run: 'do' | 'undo', index: number, message: string | null) => {
    const step = steps[index]
    if (step === undefined) return
    const base = { type: 'step', host, run, id: index + 1, ...step } as const
    events.push({ at: now, event: { ...base, state: { state: 'begin' } } })
    now += took
    const state = message === null ? ({ state: 'done' } as const) : ({ state: 'failed', message } as const)
    events.push({ at: now, event: { ...base, state } })
  }
  for (const index of fails ? [0, 1] : [0, 1, 2, 3]) tell('do', index, null)
  if (fails) {
    tell('do', 2, 'write error: Device or resource busy')
    for (const index of [1, 0]) tell('undo', index, null)
  }
  const outcome = fails ? 'rolled_back' : 'applied'
  events.push({ at: now, event: { type: 'host_finished', phase: 'apply', host, outcome } })
  return events
}

/** A process and what it has open, as reasons tell of it. */
export interface Holder {
  pid: number
  command: string
  path: string
}

/** `PID 812 (spdk_tgt) has /dev/vfio/14 open, PID 900 (fio) has …`. */
export function holderList(holders: Holder[]): string {
  return holders.map(({ pid, command, path }) => `PID ${pid} (${command}) has ${path} open`).join(', ')
}

/** Process ids for a command line, each once. */
export function pids(holders: Holder[]): string {
  return [...new Set(holders.map(({ pid }) => pid))].join(' ')
}

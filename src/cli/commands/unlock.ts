import { type HostLock, readLock, removeLock } from '../../apply/lock.ts'
import { ProvisionError } from '../../errors.ts'
import { resolveBecome } from '../../transport/become.ts'
import { printable } from '../../views/printable.ts'
import { approve } from '../approval.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { loadHost, openSession } from '../session.ts'
import { canAsk, type Terminal } from '../terminal.ts'

/** `provision unlock FILE HOST`: shows who holds the lock of a host, and removes it when its run is gone. */
export async function unlock(
  { file, host }: { file: string; host: string },
  options: FleetOptions & { autoApprove?: true },
  terminal: Terminal,
): Promise<number> {
  const { declaration } = await loadHost({ file, host }, terminal)
  const session = openSession([declaration], 1, options, terminal)
  try {
    const connection = await session.connect(declaration)
    try {
      const become = resolveBecome(declaration.ssh.become, connection.user)
      const asking = { become, host, timeoutMs: session.timeoutMs }
      await session.progress.stop()
      const lock = await readLock(connection, asking)
      if (lock === null) {
        terminal.stdout.write(`${host} is not locked.\n`)
        return EXIT.ok
      }
      terminal.stdout.write(lockText(host, lock))
      if (lock.alive) return EXIT.locked
      if (options.autoApprove !== true) {
        if (!canAsk(terminal))
          throw new ProvisionError(
            'APPROVAL_NEEDED',
            'there is no terminal to ask for approval. Nothing was changed.',
            {
              hint: 'Give --auto-approve (-y) to remove this lock.',
            },
          )
        if (!(await approve(terminal, 'Shall this lock be removed?'))) return EXIT.refused
      }
      const removed = await removeLock(connection, asking)
      if (removed.kind === 'held') {
        terminal.stdout.write(lockText(host, removed.lock))
        return EXIT.locked
      }
      terminal.stdout.write('The lock is removed.\n')
      return EXIT.ok
    } finally {
      connection.close()
    }
  } finally {
    await session.close()
  }
}

function lockText(host: string, { holder, process, alive, path }: HostLock): string {
  const who = holder === '' ? 'somebody who left no name' : printable(holder)
  const lines = [`${host} is locked by ${who}.`]
  if (alive && process !== null)
    lines.push(
      `Its agent is alive (PID ${process.pid} on the host): the lock is left alone. Wait for it, or attach to it on the machine it was begun on: provision resume RUN`,
    )
  else if (process?.boot === 'other') lines.push('The host was booted since: nobody holds it any more.')
  else lines.push(`Its agent is gone: nobody holds ${printable(path)} any more.`)
  return `${lines.join('\n')}\n`
}

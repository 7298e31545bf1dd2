import { released } from '../../plan/release.ts'
import { requireApproval } from '../approval.ts'
import type { ChangeOptions } from '../options.ts'
import { newStamp } from '../plan-id.ts'
import { loadHosts, openSession, planAll, probeForChange } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { carryOut } from '../undertaking.ts'

/** `provision release FILE`: the declared drives go back to the kernel, with the mounts and swap they came with. */
export async function release(file: string, options: ChangeOptions, terminal: Terminal): Promise<number> {
  const { hosts, forks } = await loadHosts(file, options, terminal)
  requireApproval(options, terminal)
  const session = openSession(hosts, forks, options, terminal)
  const stamp = newStamp()
  try {
    const probed = await probeForChange(hosts, session)
    const planned = planAll(probed, stamp, released)
    const nothingToDo = 'No changes. Nothing to give back: the declared drives are with the kernel.'
    const what = {
      command: 'release',
      file,
      declare: released,
      stamp,
      run: stamp.id,
      approved: false,
    } as const
    return await carryOut({ ...what, probed, planned, nothingToDo }, session, options, terminal)
  } finally {
    await session.close()
  }
}

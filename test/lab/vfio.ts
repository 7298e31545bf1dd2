import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Guest } from './guest.ts'
import type { SshOptions } from './ssh.ts'

export type VfioAnswer = { readonly version: string } | { readonly failure: string }

/**
 * Whether user space can really drive this device: its NVMe version as read over VFIO, or why not.
 * `user: 'spdk'` asks without root's rights, as SPDK itself may run.
 */
export async function nvmeVersionViaVfio(
  guest: Guest,
  bdf: string,
  options: { readonly user?: 'root' | 'spdk' } = {},
): Promise<VfioAnswer> {
  const stdin = await readFile(join(import.meta.dirname, 'vfio_version.py'), 'utf8')
  const as: SshOptions = { stdin, timeoutMs: 120_000 }
  const command = `python3 - ${bdf}`
  const wrapped =
    options.user === 'spdk' ? `setpriv --reuid spdk --regid spdk --clear-groups ${command}` : command
  const { code, stdout, stderr } = await guest.ssh(wrapped, as)
  return code === 0 ? { version: stdout.trim() } : { failure: stderr.trim().split('\n').at(-1) ?? '' }
}

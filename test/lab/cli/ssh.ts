import { spawn } from 'node:child_process'
import { isSpecName } from '../specs.ts'
import { sshArgs } from '../ssh.ts'
import { pick } from './records.ts'

export async function ssh(args: string[]): Promise<number> {
  // by hand, because everything after the spec is the guest's and may look like an option of ours
  const [flag, spec, ...rest] = args
  const chosen = flag === '--spec' && spec !== undefined && isSpecName(spec) ? spec : undefined
  const record = await pick(chosen)
  const words = chosen ? rest : args
  const terminal = words.length === 0 ? ['-t'] : []
  const child = spawn('ssh', [...terminal, ...sshArgs(record, 'ops'), ...words], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

import { ProvisionError } from '../errors.ts'
import type { ChangeOptions } from './options.ts'
import { ask } from './prompts.ts'
import { canAsk, type Terminal } from './terminal.ts'

/** Asked before anything else: without `-y` somebody must be there to see the plan and say yes. */
export function requireApproval(
  options: Pick<ChangeOptions, 'autoApprove' | 'check' | 'json'>,
  terminal: Terminal,
): void {
  if (options.autoApprove === true || options.check === true) return
  if (canAsk(terminal) && options.json !== true) return
  const why =
    options.json === true ? '--json shows no plan to approve' : 'there is no terminal to ask for approval'
  throw new ProvisionError('APPROVAL_NEEDED', `${why}. Nothing was changed.`, {
    hint: 'Give --auto-approve (-y), or save a plan (plan -o FILE), review it, and apply that.',
  })
}

export async function approve(
  terminal: Terminal,
  question = 'Shall these steps be carried out?',
): Promise<boolean> {
  terminal.stderr.write(`\n${question}\n`)
  return (await ask(terminal, "Only 'yes' will be accepted: ")) === 'yes'
}

import assert from 'node:assert/strict'
import type { Reason } from '../../src/reasons/reason.ts'
import { provision } from '../support/captured.ts'
import type { Guest } from './guest.ts'

/** All reasons that `plan --json` gives for the hosts of a file, those of drives included. */
export async function reasonsOf(file: string): Promise<Reason[]> {
  const ran = await provision('plan', file, '--json')
  const { hosts }: { hosts: { reasons: Reason[]; devices: { reasons: Reason[] }[] }[] } = JSON.parse(
    ran.stdout || assert.fail(`no plan: ${ran.stderr}`),
  )
  return hosts.flatMap(({ reasons, devices }) => [...reasons, ...devices.flatMap((one) => one.reasons)])
}

/** The reasons with this code; an empty list when the plan does not give it. */
export async function reasonsWith(file: string, code: string): Promise<Reason[]> {
  return (await reasonsOf(file)).filter((one) => one.code === code)
}

/** The commands that a remedy gives, in back-quotes, in their order. */
export function commandsIn({ remedy }: Reason): string[] {
  return [...remedy.matchAll(/`([^`]+)`/g)].map(([, command]) => command ?? '')
}

/**
 * The one proof that a remedy is one: the plan gives the reason, the first commands of its remedy are run on the guest
 * as they stand, as somebody would paste them, and the next plan does not give it any more. Gives the reason.
 */
export async function mends(
  guest: Guest,
  file: string,
  code: string,
  options: { commands?: number } = {},
): Promise<Reason> {
  const [reason, ...more] = await reasonsWith(file, code)
  assert.ok(reason !== undefined, `the plan does not say ${code}: ${JSON.stringify(await reasonsOf(file))}`)
  for (const told of [reason, ...more])
    for (const command of commandsIn(told).slice(0, options.commands ?? 1)) await guest.sh(command)
  assert.deepEqual(await reasonsWith(file, code), [])
  return reason
}

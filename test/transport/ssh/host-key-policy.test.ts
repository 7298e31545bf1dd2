import { deepEqual, equal } from 'node:assert/strict'
import { decideHostKey } from '../../../src/transport/ssh/host-key-policy.ts'
import { type HostKeyVerdict, parseKnownHosts } from '../../../src/transport/ssh/known-hosts.ts'
import { type HostKeyPolicy, settleTarget } from '../../../src/transport/ssh/target.ts'
import { noSettings } from '../support/settings.ts'

const text = 'stor-01 ssh-rsa AAAAB3NzaC1yc2EAAAA=\n'
const others = parseKnownHosts(text, '/known')
const local = { user: 'me', uid: 1000, home: '/home/me', hostname: 'desk', variables: {} }
const target = settleTarget({ host: 'stor-01', settings: noSettings }, new Map(), local)
const key = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.from('key')])

function decide(hostKeys: HostKeyPolicy, verdict: HostKeyVerdict, canAsk: boolean) {
  return decideHostKey({ target: { ...target, hostKeys }, via: null, key }, verdict, canAsk)
}

describe('what is done with a host key that is not known', () => {
  const rows: [HostKeyPolicy, 'new' | 'other types known', 'can ask' | 'nobody to ask', string][] = [
    ['ask', 'new', 'can ask', 'ask'],
    ['ask', 'new', 'nobody to ask', 'refuse'],
    ['ask', 'other types known', 'can ask', 'ask'],
    ['refuse_unknown', 'new', 'can ask', 'refuse'],
    ['accept_new', 'new', 'nobody to ask', 'record'],
    ['accept_new', 'other types known', 'can ask', 'refuse'],
    ['accept_unknown', 'new', 'nobody to ask', 'record'],
    ['accept_unknown', 'other types known', 'nobody to ask', 'record'],
  ]
  for (const [policy, known, asking, expected] of rows) {
    it(`${policy}, ${known}, ${asking}: ${expected}`, () => {
      const verdict: HostKeyVerdict = { kind: 'unknown', others: known === 'new' ? [] : others }
      equal(decide(policy, verdict, asking === 'can ask').kind, expected)
    })
  }

  it('the question names the types that are known', () => {
    const decision = decide('ask', { kind: 'unknown', others }, true)
    deepEqual(decision.kind === 'ask' && decision.question.otherKnownTypes, ['ssh-rsa'])
  })

  it('a key from a line for many hosts is forgotten by line, as ssh-keygen -R would not find it', () => {
    const [old] = parseKnownHosts(text.replace('stor-01', 'stor-*'), '/known')
    const decision = old && decide('ask', { kind: 'changed', old }, true)
    equal(
      decision?.kind === 'refuse' && decision.error.hint?.endsWith('forget the old key: sed -i 1d /known'),
      true,
    )
  })
})

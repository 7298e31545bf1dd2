import { deepEqual, equal } from 'node:assert/strict'
import ssh2, { type ParsedKey } from 'ssh2'
import { KeyOffer, orderCandidates } from '../../../src/transport/ssh/auth.ts'
import type { Identity } from '../../../src/transport/ssh/identities.ts'

function newKey(comment: string): ParsedKey {
  const key = ssh2.utils.parseKey(ssh2.utils.generateKeyPairSync('ed25519', { comment }).private)
  if (key instanceof Error) throw key
  return key
}

const [a, b, c] = [newKey('a'), newKey('b'), newKey('c')]
const inAgent = (...keys: ParsedKey[]) => keys.map((key) => ({ key, signer: new ssh2.OpenSSHAgent('/none') }))
const ready = (key: ParsedKey): Identity => ({ kind: 'ready', file: `/${key.comment}`, key })
const locked = (key: ParsedKey): Identity => ({ kind: 'locked', file: `/${key.comment}`, publicKey: key })

describe('keys are offered in an order that spares MaxAuthTries', () => {
  const cases: {
    what: string
    identities: Identity[]
    agent: ParsedKey[]
    named?: boolean
    only?: boolean
    expected: string[]
  }[] = [
    {
      what: 'named files first',
      identities: [ready(a)],
      agent: [b, c],
      named: true,
      expected: ['/a', 'agent b', 'agent c'],
    },
    {
      what: 'the agent before the usual files',
      identities: [ready(a)],
      agent: [b],
      expected: ['agent b', '/a'],
    },
    {
      what: 'a named key from the agent that has it',
      identities: [ready(b)],
      agent: [a, b],
      named: true,
      expected: ['agent b', 'agent a'],
    },
    {
      what: 'a locked key from the agent that has it',
      identities: [locked(b)],
      agent: [a, b],
      named: true,
      expected: ['agent b', 'agent a'],
    },
    {
      what: 'IdentitiesOnly',
      identities: [ready(a), locked(b)],
      agent: [b, c],
      named: true,
      only: true,
      expected: ['agent b', '/a'],
    },
    { what: 'a locked key alone', identities: [locked(a)], agent: [], expected: [] },
  ]
  for (const { what, identities, agent, named = false, only = false, expected } of cases) {
    it(what, () => {
      const options = { identitiesNamed: named, identitiesOnly: only }
      const labels = orderCandidates(identities, inAgent(...agent), options).map(({ label }) => label)
      deepEqual(
        labels.map((label) => label.replace('agent key', 'agent').replace(/ \(.*/, '')),
        expected,
      )
    })
  }

  it('none is offered to a host that takes no keys', () => {
    const candidates = orderCandidates([ready(a), ready(b)], [], {
      identitiesNamed: true,
      identitiesOnly: false,
    })
    const offer = new KeyOffer('me', candidates)
    equal(offer.next(null, null) === false, false)
    equal(offer.next(['password'], false), false)
    equal(offer.offered.length, 1)
  })
})

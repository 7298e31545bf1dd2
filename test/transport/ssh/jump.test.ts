import { deepEqual, throws } from 'node:assert/strict'
import { parseHop } from '../../../src/transport/ssh/jump.ts'

describe('jump hosts as written', () => {
  const cases: [string, ReturnType<typeof parseHop>][] = [
    ['bastion', { user: null, host: 'bastion', port: null }],
    ['ops@bastion.dc1:2222', { user: 'ops', host: 'bastion.dc1', port: 2222 }],
    ['[fe80::1]:22', { user: null, host: 'fe80::1', port: 22 }],
    ['ssh://ops@10.0.0.1:22', { user: 'ops', host: '10.0.0.1', port: 22 }],
  ]
  for (const [text, hop] of cases) it(text, () => deepEqual(parseHop(text), hop))

  for (const text of ['', 'a b', '-oProxyCommand=x', 'fe80::1', 'a:port', 'ops@']) {
    it(`"${text}" is none`, () => throws(() => parseHop(text), { code: 'SSH_CONFIG_INVALID' }))
  }
})

import assert from 'node:assert/strict'
import ssh2 from 'ssh2'
import { newFleetKeys } from '../../src/sim/keys.ts'

describe('the keys of a fleet', () => {
  it('can be read back, every one of five hundred', () => {
    for (let fleets = 0; fleets < 250; fleets += 1) {
      for (const pair of Object.values(newFleetKeys())) {
        const [secret, open] = [ssh2.utils.parseKey(pair.private), ssh2.utils.parseKey(pair.public)]
        assert.ok(!(secret instanceof Error) && !(open instanceof Error))
        assert.ok(secret.getPublicSSH().equals(open.getPublicSSH()))
      }
    }
  })
})

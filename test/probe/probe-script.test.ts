import { deepStrictEqual, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { probeScript } from '../../src/agent/scripts.ts'
import { known } from '../../src/probe/fact.ts'
import { arbitraryFacts } from '../support/arbitrary-facts.ts'
import { countProcesses } from '../support/count-processes.ts'
import { asPlanted, plantHost } from '../support/fake-host.ts'
import { largeHost } from '../support/large-host.ts'
import { factsFrom, isInstalled, runScript, shells } from '../support/run-sh.ts'
import { withFolder } from '../support/temporary.ts'

const users = ['spdk', 'ghost']

/** Owner of the files that this process makes, as the probe names owners. */
const owner = withFolder((folder) => execFileSync('stat', ['-c', '%U:%G', folder]).toString().trim())

for (const shell of shells) {
  describe(`the probe script in ${shell.join(' ')}`, () => {
    before(function () {
      if (!isInstalled(shell)) this.skip()
    })

    it('tells the facts of a host, whatever bytes are in them', () => {
      fc.assert(
        fc.property(arbitraryFacts({ readable: true }), (drawn) =>
          withFolder((root) => {
            const facts = { ...drawn, kernelRelease: known('6.1.0-18-amd64') }
            plantHost(root, facts)
            const { stdout } = runScript(shell, probeScript({ nonce: 'n1', users, root }))
            deepStrictEqual(factsFrom(stdout, 'n1'), asPlanted(facts, owner))
          }),
        ),
        { numRuns: 15 },
      )
    })

    it('tells the facts of this machine, its users and itself', () => {
      const { stdout } = runScript(shell, probeScript({ nonce: 'n1', users: ['root', '0', 'no such user'] }))
      const facts = factsFrom(stdout, 'n1')
      deepStrictEqual(facts.kernelName, 'Linux')
      deepStrictEqual(facts.uid, process.getuid?.())
      deepStrictEqual(facts.users, {
        root: known('root:root'),
        0: known('root:root'),
        'no such user': { state: 'absent' },
      })
      ok(facts.mounts.state === 'known' && facts.mounts.value.some(({ target }) => target === '/'))
    })
  })
}

for (const size of [
  { functions: 4, drives: 2 },
  { functions: 24, drives: 12 },
  { functions: 300, drives: 24 },
]) {
  it(`the probe starts at most 13 processes for ${size.functions} PCI functions and ${size.drives} drives`, () =>
    withFolder((root) => {
      const facts = largeHost(size)
      plantHost(root, facts)
      const script = probeScript({ nonce: 'n1', users, root })
      for (const shell of shells.filter(isInstalled)) {
        deepStrictEqual(factsFrom(runScript(shell, script).stdout, 'n1'), asPlanted(facts, owner))
        const count = countProcesses(shell, script)
        ok(count > 0 && count <= 13, `${count} processes in ${shell.join(' ')}`)
      }
    }))
}

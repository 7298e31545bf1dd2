import { equal } from 'node:assert/strict'
import { resolveBecome } from '../../src/transport/become.ts'

describe('become', () => {
  const cases = [
    ['auto', 'root', 'none'],
    ['auto', 'ops', 'sudo'],
    ['none', 'ops', 'none'],
    ['sudo', 'root', 'sudo'],
  ] as const
  for (const [setting, user, expected] of cases) {
    it(`${setting} as ${user} is ${expected}`, () => equal(resolveBecome(setting, user), expected))
  }
})

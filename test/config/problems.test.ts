import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { loadFiles } from './files.ts'

const file = readFileSync(new URL('problems.txt', import.meta.url), 'utf8')
const cases = file.split(/^=== /m).slice(1)

describe('config problems', () => {
  for (const each of cases) {
    const [head = '', says = ''] = each.split('--- says\n')
    const name = head.slice(0, head.indexOf('\n'))
    const yaml = head.slice(name.length + 1)

    it(name, async () => {
      const { result, text } = await loadFiles({ 'hosts.yaml': yaml })
      assert.equal(text, says.trim())
      assert.equal(
        result.ok,
        says.split('\n').every((line) => !/:\d+:\d+: (?!warning)/.test(line)),
      )
    })
  }
})

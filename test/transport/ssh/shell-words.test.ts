import { deepEqual } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { shellWords } from '../../../src/transport/ssh/shell-words.ts'

describe('command lines to paste', () => {
  it('are read by bash as the words they were made of', () => {
    const words = [
      'plain',
      '',
      'two words',
      "it's",
      '$HOME',
      '[::1]:22',
      '~root',
      '~/x',
      '*',
      '\\',
      'new\nline',
    ]
    const script = `printf '%s\\0' ${shellWords(words)}`
    const read = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0')
    deepEqual(read.slice(0, -1), words)
  })
})

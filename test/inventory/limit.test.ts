import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ProvisionError } from '../../src/errors.ts'
import { selectHosts } from '../../src/inventory/limit.ts'
import { readLimit } from '../../src/inventory/limit-file.ts'

const inventory = {
  hosts: ['stor-01', 'stor-02', 'stor-03', 'stor-10', 'cache-a', 'cache-b'],
  groups: new Map([
    ['nvmf', ['stor-01', 'stor-02', 'stor-03', 'stor-10']],
    ['cache', ['cache-b', 'cache-a']],
    ['rack1', ['stor-01', 'cache-a']],
  ]),
}

const selections: Record<string, string> = {
  all: 'stor-01 stor-02 stor-03 stor-10 cache-a cache-b',
  '*': 'stor-01 stor-02 stor-03 stor-10 cache-a cache-b',
  'stor-02': 'stor-02',
  'stor-03:stor-01': 'stor-01 stor-03',
  'stor-03,stor-01': 'stor-01 stor-03',
  ' stor-03 , stor-01 ': 'stor-01 stor-03',
  cache: 'cache-a cache-b',
  'stor-0*': 'stor-01 stor-02 stor-03',
  'stor-0[12]': 'stor-01 stor-02',
  'stor-0[!12]': 'stor-03',
  'cache-?': 'cache-a cache-b',
  'rack*': 'stor-01 cache-a',
  'stor-[01:03]': 'stor-01 stor-02 stor-03',
  'nvmf:!rack1': 'stor-02 stor-03 stor-10',
  '!rack1:nvmf': 'stor-02 stor-03 stor-10',
  'nvmf:&rack1': 'stor-01',
  'nvmf:cache:&rack1:!stor-01': 'cache-a',
  '!nvmf': 'cache-a cache-b',
  '&rack1': 'stor-01 cache-a',
  'nvmf:!stor-[01:03]': 'stor-10',
}

const refusals: Record<string, [code: string, text: RegExp]> = {
  '': ['LIMIT_MALFORMED', /empty/],
  ':': ['LIMIT_MALFORMED', /empty/],
  '!': ['LIMIT_MALFORMED', /names nothing/],
  'stor-1': ['LIMIT_UNKNOWN', /did you mean .*`stor-10`/],
  'stor-02:stor-2x': ['LIMIT_UNKNOWN', /stor-2x/],
  'nvmf:!rakc1': ['LIMIT_UNKNOWN', /did you mean `rack1`/],
  'zzz-*': ['LIMIT_UNKNOWN', /known: nvmf, cache, rack1, stor-01/],
  'stor-[01:05]': ['LIMIT_UNKNOWN', /stor-04, stor-05/],
  'stor-[05:01]': ['LIMIT_MALFORMED', /runs backwards/],
  'cache:&nvmf': ['LIMIT_EMPTY', /leaves no host/],
  'nvmf:!stor-*': ['LIMIT_EMPTY', /leaves no host/],
}

describe('inventory/limit', () => {
  for (const [pattern, names] of Object.entries(selections)) {
    it(`\`${pattern}\` selects ${names}`, () =>
      assert.equal(selectHosts(pattern, inventory).join(' '), names))
  }

  for (const [pattern, [code, text]] of Object.entries(refusals)) {
    it(`\`${pattern}\` is refused`, () => {
      assert.throws(
        () => selectHosts(pattern, inventory),
        (error) => {
          assert.ok(error instanceof ProvisionError)
          assert.equal(error.code, code)
          assert.match(`${error.message} ${error.hint}`, text)
          return true
        },
      )
    })
  }

  describe('@file', () => {
    let folder: string
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'provision-limit-'))
    })
    after(() => rm(folder, { recursive: true }))

    it('stands for the terms in the file', async () => {
      const file = path.join(folder, 'retry')
      await writeFile(file, '# failed last night\r\nstor-01\n\n  cache-*  # both\n')
      const pattern = await readLimit(`@${file}:!cache-b`)
      assert.deepEqual(selectHosts(pattern, inventory), ['stor-01', 'cache-a'])
    })

    it('that is missing or empty is refused', async () => {
      const empty = path.join(folder, 'empty')
      await writeFile(empty, '# none\n')
      await assert.rejects(readLimit(`@${empty}`), { code: 'LIMIT_FILE', message: /names no host/ })
      await assert.rejects(readLimit(`@${folder}/missing`), { code: 'LIMIT_FILE', message: /cannot be read/ })
    })
  })
})

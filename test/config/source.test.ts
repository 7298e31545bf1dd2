import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadConfig, requireConfig } from '../../src/config/load.ts'
import { configOf, loadFiles } from './files.ts'

const lines = ['version: 1', 'hosts:', '  stor-01:', '    devices: { spdk: ["5E:00.0"] }', '']
const plain = lines.join('\n')

const readable: Record<string, string | Buffer> = {
  'plain text': plain,
  CRLF: lines.join('\r\n'),
  'a byte order mark': `\ufeff${plain}`,
  'a byte order mark and CRLF': `\ufeff${lines.join('\r\n')}`,
  'no newline at the end': plain.trimEnd(),
  JSON: JSON.stringify({ version: 1, hosts: { 'stor-01': { devices: { spdk: ['5e:00.0'] } } } }),
  'comments in any script': `# café – 倉庫\n${plain}`,
}

const refused: Record<string, [content: string | Buffer, says: string]> = {
  'an empty file': ['', 'hosts.yaml:1:1: the file is empty'],
  'nothing but white space': [' \r\n\n', 'hosts.yaml:1:1: the file is empty'],
  'a byte order mark alone': ['\ufeff', 'hosts.yaml:1:1: the file is empty'],
  'Latin-1': [
    Buffer.from('version: 1\n# é\xe9\n', 'latin1'),
    'hosts.yaml:2:3: the byte 0xe9 is not UTF-8\n    save the file as UTF-8',
  ],
  'UTF-16': [
    Buffer.from('\ufeffversion: 1\n', 'utf16le'),
    'hosts.yaml:1:1: the byte 0xff is not UTF-8\n    save the file as UTF-8',
  ],
}

describe('config/yaml/source', () => {
  for (const [name, content] of Object.entries(readable)) {
    it(`reads ${name}`, async () => {
      const { hosts } = await configOf({ 'hosts.yaml': content })
      assert.deepEqual(hosts[0]?.devices.spdk, [{ by: 'bdf', bdf: '0000:5e:00.0', serial: null }])
    })
  }

  for (const [name, [content, says]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => assert.equal((await loadFiles({ 'hosts.yaml': content })).text, says))
  }

  it('counts columns alike with CRLF and a byte order mark', async () => {
    const { text } = await loadFiles({ 'hosts.yaml': '\ufeffversion: 1\r\nhosts:\r\n  a: { x: 1 }\r\n' })
    assert.match(text, /^hosts\.yaml:3:8: unknown key `x`/)
  })

  describe('paths', () => {
    let folder: string
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'provision-source-'))
      await mkdir(path.join(folder, 'directory'))
    })
    after(() => rm(folder, { recursive: true }))

    const codes = {
      missing: 'FILE_NOT_FOUND',
      directory: 'FILE_IS_DIRECTORY',
      'missing/too': 'FILE_NOT_FOUND',
    }
    for (const [name, code] of Object.entries(codes)) {
      it(`${name}: ${code}`, async () => {
        const result = await loadConfig(path.join(folder, name))
        assert.deepEqual(result.ok ? [] : result.problems.map((problem) => problem.code), [code])
      })
    }

    it('requireConfig throws what loadConfig reports', async () => {
      const missing = path.join(folder, 'missing')
      const message = `${missing}:1:1: there is no such file`
      await assert.rejects(requireConfig(missing), {
        name: 'ProvisionError',
        code: 'CONFIG_INVALID',
        message,
      })
    })
  })
})

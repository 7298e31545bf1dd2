import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { jsonSchema, jsonSchemaText, schemaNames } from '../../src/config/json-schema.ts'

const script = fileURLToPath(new URL('../../scripts/schemas.ts', import.meta.url))
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', script, ...args], { encoding: 'utf8' })

/** Every property of a JSON Schema with its path. */
function* properties(schema: unknown, at: string): Generator<[path: string, keys: string[]]> {
  if (typeof schema !== 'object' || schema === null) return
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties' && typeof value === 'object' && value !== null) {
      for (const [name, property] of Object.entries(value))
        yield [`${at}.${name}`, Object.keys(Object(property))]
    }
    yield* properties(value, key === 'properties' ? at : `${at}.${key}`)
  }
}

describe('schemas', () => {
  it('are current (else: npm run schemas)', () => {
    const { status, stderr } = run('--check')
    assert.equal(status, 0, stderr)
  })

  it('--check fails when one is not', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'provision-schemas-'))
    await writeFile(path.join(folder, 'hosts.schema.json'), jsonSchemaText('hosts'))
    await writeFile(path.join(folder, 'playbook.schema.json'), '{}')
    const { status, stderr } = run('--check', folder)
    await rm(folder, { recursive: true })
    assert.equal(status, 1)
    assert.match(stderr, /playbook\.schema\.json/)
    assert.doesNotMatch(stderr, /hosts\.schema\.json/)
  })

  for (const name of schemaNames) {
    it(`${name}: every key has a description and examples`, () => {
      const all = [...properties(jsonSchema(name), name)]
      assert.ok(all.length > 15)
      const bare = all.filter(([, keys]) => !keys.includes('description') || !keys.includes('examples'))
      assert.deepEqual(
        bare.map(([at]) => at),
        [],
      )
    })

    it(`${name}: unknown keys are refused at every level`, () => {
      const text = jsonSchemaText(name)
      assert.equal(
        text.match(/"properties": /g)?.length,
        text.match(/"additionalProperties": false/g)?.length,
      )
    })
  }
})

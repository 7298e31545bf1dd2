import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseDocument } from '../../src/config/document.ts'
import { hostsFileSchema } from '../../src/config/schema/hosts-file.ts'
import { parseYaml } from '../../src/config/yaml/parse.ts'

const codesOf = (text: string) => parseDocument('f', text, hostsFileSchema).problems.map(({ code }) => code)

/** Each level names the one before ten times. */
function bomb(levels: number): string {
  const lines = ['a0: &a0 [x]']
  for (let level = 1; level <= levels; level += 1) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  }
  return lines.join('\n')
}

/** Anchors within each other: a tree far deeper than the text. */
function well(levels: number): string {
  const lines = ['level0: &l0 [x]']
  for (let level = 1; level <= levels; level += 1) {
    lines.push(`level${level}: &l${level} ${'['.repeat(50)}*l${level - 1}${']'.repeat(50)}`)
  }
  return lines.join('\n')
}

describe('config/yaml', () => {
  it('follows aliases', () => {
    const yaml = 'version: 1\nhosts:\n  a: &a { hugepages: { 2M: 1 } }\n  b: *a\n'
    const { document, problems } = parseDocument('f', yaml, hostsFileSchema)
    assert.deepEqual(problems, [])
    assert.deepEqual(document?.value.hosts?.b, document?.value.hosts?.a)
    assert.deepEqual(document?.position(['hosts', 'b', 'hugepages', '2M']), {
      file: 'f',
      line: 3,
      column: 28,
    })
  })

  it('stops alias bombs', () => assert.deepEqual(codesOf(bomb(9)), ['YAML_TOO_LARGE']))
  it('stops at a depth that would exhaust the stack', () => {
    assert.deepEqual(codesOf('['.repeat(100_000)), ['YAML_TOO_DEEP'])
    assert.deepEqual(codesOf('{a: '.repeat(100_000)), ['YAML_TOO_DEEP'])
    assert.deepEqual(codesOf('- '.repeat(100_000)), ['YAML_TOO_DEEP'])
  })
  it('is not led into depth by aliases', () => {
    const codes = new Set(codesOf(`version: 1\n${well(400)}\nhosts: *l400`))
    assert.deepEqual(codes, new Set(['KEY_UNKNOWN', 'TYPE_WRONG']))
  })

  it('keeps the order of keys that look like numbers', () => {
    const { root } = parseYaml('b: 1\n10: 1\na: 1\n9: 1\n')
    assert.deepEqual(root?.kind === 'map' ? [...root.entries.keys()] : [], ['b', '10', 'a', '9'])
  })

  it('reports problems and nothing else, whatever the text', () => {
    const alphabet = [
      ...'ab01:.-[]{},&*!|>\'"#%@`?~<=\\',
      ' ',
      '  ',
      '\n',
      '\n  ',
      '\t',
      ': ',
      '- ',
      '\u0000',
      'é',
    ]
    const words = [
      'version: 1\n',
      'hosts:\n',
      '  a:\n',
      'devices: ',
      'spdk: ',
      '0000:5e:00.0',
      '%YAML 1.1\n---\n',
      '<<: ',
    ]
    const text = fc
      .array(fc.constantFrom(...alphabet, ...words), { maxLength: 40 })
      .map((parts) => parts.join(''))
    fc.assert(fc.property(text, (yaml) => void codesOf(yaml)))
  })

  it('reports problems and nothing else, whatever the values', () => {
    const keys = [
      'hosts',
      'groups',
      'a',
      'devices',
      'spdk',
      'kernel',
      'bdf',
      'match',
      'hugepages',
      '2M',
      'ssh',
      'x',
    ]
    const key = fc.constantFrom(
      ...keys,
      'playbook',
      'owner',
      'driver',
      'jump',
      'version',
      'rollout',
      'toString',
    )
    const { tree } = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant('5e:00.0')),
      tree: fc.oneof(
        { maxDepth: 6 },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(fc.property(tree, (value) => void codesOf(JSON.stringify(value))))
  })
})

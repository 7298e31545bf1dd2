import assert from 'node:assert/strict'
import { z } from 'zod'
import { driftOf } from '../../src/views/drift.ts'
import {
  applyDocumentSchema,
  applyJson,
  planDocumentSchema,
  planJson,
  statusDocumentSchema,
  statusJson,
  verifyDocumentSchema,
  verifyJson,
} from '../../src/views/json.ts'
import { scenarios, unreachable } from '../support/plans.ts'
import { golden } from './golden.ts'
import { mixedResults } from './results.ts'

const all = Object.values(scenarios).map((scenario) => scenario())
const away = unreachable('stor-21', '10.10.0.41')

const documents: [name: string, document: unknown, schema: z.ZodType][] = [
  ['plan', planJson([...all, away]), planDocumentSchema],
  [
    'status',
    statusJson([...all.map((host) => ({ ...host, kind: 'probed' as const })), away]),
    statusDocumentSchema,
  ],
  ['verify', verifyJson([...all, away]), verifyDocumentSchema],
  ['apply', applyJson(mixedResults()), applyDocumentSchema],
]

describe('JSON documents', () => {
  for (const [name, document, schema] of documents) {
    it(`${name} is what its schema says, and nothing more`, () => {
      assert.deepEqual(schema.parse(JSON.parse(JSON.stringify(document))), document)
    })

    it(`${name} has a JSON Schema`, () => {
      const published = z.toJSONSchema(schema)
      assert.deepEqual(published.required, ['format_version', 'command', 'summary', 'hosts'])
    })
  }

  it('says of a blocked, an unreachable and a changing host what the golden file says', () => {
    const document = planJson([scenarios.mountedRefused(), away, scenarios.mountedReleased()])
    golden('plan.json', `${JSON.stringify(document, null, 2)}\n`)
  })

  it('counts every host once', () => {
    assert.deepEqual(planJson([...all, away]).summary, {
      hosts: 12,
      in_sync: 2,
      changes: 2,
      blocked: 7,
      unreachable: 1,
    })
    const { hosts, ...counts } = applyJson(mixedResults()).summary
    assert.equal(
      Object.values(counts).reduce((sum, n) => sum + n, 0),
      hosts,
    )
  })

  it('keeps the bytes of a host as they were', () => {
    const [host] = planJson([scenarios.hostile()]).hosts
    const device = JSON.parse(JSON.stringify(host)).devices[0]
    assert.equal(device.serial, 'S\u202e100\udcff\udc80')
    assert.equal(device.in_use[0].target, '/mnt/two\nlines\tand `code`')
  })
})

describe('driftOf', () => {
  it('finds nothing on a host that is in sync', () => {
    assert.deepEqual(driftOf(scenarios.inSync().plan), [])
    assert.deepEqual(driftOf(scenarios.warned().plan), [])
  })

  it('finds drivers, pools and owners', () => {
    assert.deepEqual(
      driftOf(scenarios.mountedReleased().plan).map(({ subject }) => subject),
      [
        '0000:5e:00.0 driver',
        '0000:5f:00.0 driver',
        'hugepages node0/2M',
        'hugepages node1/2M',
        '/dev/vfio/94 owner',
        '/dev/vfio/95 owner',
      ],
    )
  })

  it('finds mounts and swap that did not come back', () => {
    assert.deepEqual(driftOf(scenarios.giveBack().plan).slice(1), [
      { subject: '0000:5e:00.0 ns1 p1', declared: 'mounted at /data', actual: 'not mounted' },
      { subject: '0000:5e:00.0 ns1 p2', declared: 'swap in use', actual: 'not in use' },
    ])
  })
})

import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { ExecRun, Tail } from '../../src/transport/exec-run.ts'

const limits = { stdin: Buffer.alloc(0), onStdout: () => {}, timeoutMs: 2 ** 40, maxStdoutBytes: 10 }

describe('ExecRun', () => {
  it('keeps the first ending', async () => {
    const run = new ExecRun(limits, () => {})
    run.end({ kind: 'lost', why: 'cut' })
    run.end({ kind: 'exited', code: 0 })
    deepEqual(await run.outcome, { kind: 'lost', why: 'cut', stderr: '' })
  })

  it('passes nothing on that goes over the limit, and gives up once', async () => {
    const got: string[] = []
    let givenUp = 0
    const run = new ExecRun({ ...limits, onStdout: (chunk) => got.push(chunk.toString()) }, () => {
      givenUp += 1
    })
    for (const piece of ['12345', '67890', 'x', 'y']) run.stdout(Buffer.from(piece))
    run.end({ kind: 'exited', code: 0 })
    deepEqual(await run.outcome, { kind: 'flooded', bytes: 11, stderr: '' })
    deepEqual(got, ['12345', '67890'])
    equal(givenUp, 1)
  })

  it('takes a time limit that is longer than a timer can be', async () => {
    const run = new ExecRun(limits, () => {})
    setImmediate(() => run.end({ kind: 'exited', code: 7 }))
    deepEqual(await run.outcome, { kind: 'exited', code: 7, stderr: '' })
  })
})

describe('Tail', () => {
  it('is the end of what was pushed, however it was cut', () => {
    const pieces = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }))
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 20 }), (texts, limit) => {
        const tail = new Tail(limit)
        for (const text of texts) tail.push(Buffer.from(text))
        equal(tail.text(), texts.join('').slice(-limit))
      }),
    )
  })
})

import { parseArgs } from 'node:util'
import { isSpecName, type SpecName } from '../specs.ts'

export interface Options {
  readonly spec: SpecName | undefined
  readonly detach: boolean
  readonly rest: readonly string[]
}

export function options(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      spec: { type: 'string' },
      detach: { type: 'boolean', default: false },
      // the same wish in other words: the guest outlives this command
      'keep-alive': { type: 'boolean', default: false },
    },
  })
  if (values.spec !== undefined && !isSpecName(values.spec)) throw new Error(`no such spec: ${values.spec}`)
  return { spec: values.spec, detach: values.detach || values['keep-alive'], rest: positionals }
}

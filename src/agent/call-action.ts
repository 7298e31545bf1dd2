import { blockByRef } from '../plan/block-ref.ts'
import { stackOf } from '../plan/stack.ts'
import type { ActionOf, StepAction, StepKind } from '../plan/step.ts'
import { stepKinds } from '../plan/steps/index.ts'
import { seen } from '../probe/fact.ts'
import {
  type HandOver,
  type HostFacts,
  handOverSchema,
  kernelModules,
  type TakenLayer,
} from '../probe/facts.ts'
import type { Call } from './program.ts'

/** What a call does to these facts; undefined when it is none that a host knows. The inverse of `argsOf`. */
export function actionOf([kind, ...args]: Call, facts: HostFacts): StepAction | undefined {
  const known = stepKinds.find((one) => one === kind)
  return known === undefined ? undefined : readers[known](args, facts)
}

/** Arguments in the order in which `plan/steps/<kind>.ts` gives them. What they lack, the host knows. */
const readers: { [K in StepKind]: (args: string[], facts: HostFacts) => ActionOf<K> } = {
  module: ([module = '', to]) => ({
    kind: 'module',
    module: moduleNamed(module),
    to: to === 'loaded' ? 'loaded' : 'unloaded',
  }),
  hugepages: ([sizeKiB, node = '', from, to]) => ({
    kind: 'hugepages',
    sizeKiB: Number(sizeKiB),
    node: node === '' ? null : Number(node),
    from: Number(from),
    to: Number(to),
  }),
  swapoff: (args, facts) => ({ kind: 'swapoff', ...swapOf(args, facts) }),
  swapon: (args, facts) => ({ kind: 'swapon', ...swapOf(args, facts) }),
  umount: (args, facts) => ({ kind: 'umount', ...mountOf(args, facts) }),
  mount: (args, facts) => ({ kind: 'mount', ...mountOf(args, facts) }),
  close: (args, facts) => ({ kind: 'close', layer: layerOf(args, facts) }),
  open: (args, facts) => ({ kind: 'open', layer: layerOf(args, facts) }),
  record: ([bdf = '', record = ''], facts) => ({
    kind: 'record',
    bdf,
    record: handOverOf(record),
    previous: recordOf(bdf, facts),
  }),
  forget: ([bdf = '', record = '']) => ({ kind: 'forget', bdf, record: handOverOf(record) }),
  override: ([bdf = '', from = '', to = '']) => ({
    kind: 'override',
    bdf,
    from: from || null,
    to: to || null,
  }),
  unbind: ([bdf = '', driver = '', serial = ''], facts) => ({
    kind: 'unbind',
    bdf,
    driver,
    serial: serial || null,
    record: recordOf(bdf, facts),
  }),
  bind: ([bdf = '', driver = ''], facts) => ({ kind: 'bind', bdf, driver, record: recordOf(bdf, facts) }),
  settle: ([bdf = '', ...namespaces]) => ({
    kind: 'settle',
    bdf,
    namespaces: namespaces.map((text) => {
      const [nsid, sizeBytes] = text.split(':').map(Number)
      return { nsid: nsid ?? 0, sizeBytes: sizeBytes ?? 0 }
    }),
  }),
  owner: ([bdf = '', group, from = '', to = '']) => ({ kind: 'owner', bdf, group: Number(group), from, to }),
}

function swapOf([place = '', at = '', part = '', priority]: string[], facts: HostFacts) {
  return { ...placeOf(place, at, part, facts), priority: Number(priority) }
}

function mountOf(args: string[], facts: HostFacts) {
  const [place = '', at = '', part = '', target = '', fstype = '', options = '', root = ''] = args
  return { ...placeOf(place, at, part, facts), target, fstype, options, root }
}

function placeOf(place: string, at: string, part: string, facts: HostFacts) {
  if (place !== 'stack') return { bdf: place, nsid: Number(at), partition: Number(part) }
  return { on: at, name: blockByRef(facts, at)?.name ?? at, drives: drivesUnder([at], facts) }
}

/** The inverse of `layerArgs`. */
function layerOf(args: string[], facts: HostFacts): TakenLayer {
  const [kind, ref = '', name = '', bytes, first = '', second = '', ...on] = args
  const fields = { ref, name, sizeBytes: Number(bytes), on, drives: drivesUnder(on, facts) }
  switch (kind) {
    case 'lvm':
      return { kind, ...fields, group: first, volume: second }
    case 'luks':
      return { kind, ...fields, keyFile: first, flags: second === '' ? [] : second.split(' ') }
    case 'md': {
      const [level = '', metadata = ''] = first.split(' ')
      const partitions = second.split(' ').filter(Boolean).map(partitionOf)
      return { kind, ...fields, level, metadata, partitions }
    }
    default:
      throw new TypeError(`a program asks for a layer of kind ${kind}`)
  }
}

function partitionOf(text: string) {
  const [number, sizeBytes] = text.split(':').map(Number)
  return { number: number ?? 0, sizeBytes: sizeBytes ?? 0 }
}

function drivesUnder(refs: string[], facts: HostFacts): string[] {
  const stack = stackOf(facts)
  const names = refs.flatMap((ref) => blockByRef(facts, ref)?.name ?? [])
  return [...new Set(names.flatMap((name) => stack.under(name).map(({ bdf }) => bdf)))].sort()
}

function moduleNamed(name: string) {
  const module = kernelModules.find((one) => one === name)
  if (module === undefined) throw new TypeError(`a program asks for the kernel module ${name}`)
  return module
}

function handOverOf(json: string): HandOver {
  return handOverSchema.parse(JSON.parse(json))
}

function recordOf(bdf: string, facts: HostFacts): HandOver | null {
  const drive = facts.drives.find((one) => one.bdf === bdf)
  return drive === undefined ? null : seen(drive.record)
}

import type { ActionOf, StepAction, StepKind } from '../plan/step.ts'
import { stepKinds } from '../plan/steps/index.ts'
import { seen } from '../probe/fact.ts'
import { type HandOver, type HostFacts, handOverSchema, kernelModules } from '../probe/facts.ts'
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
  swapoff: (args) => ({ kind: 'swapoff', ...swapOf(args) }),
  swapon: (args) => ({ kind: 'swapon', ...swapOf(args) }),
  umount: (args) => ({ kind: 'umount', ...mountOf(args) }),
  mount: (args) => ({ kind: 'mount', ...mountOf(args) }),
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

function swapOf([bdf = '', nsid, partition, priority]: string[]) {
  return { bdf, nsid: Number(nsid), partition: Number(partition), priority: Number(priority) }
}

function mountOf([bdf = '', nsid, partition, target = '', fstype = '', options = '', root = '']: string[]) {
  return { bdf, nsid: Number(nsid), partition: Number(partition), target, fstype, options, root }
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

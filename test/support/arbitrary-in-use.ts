import fc from 'fast-check'
import { type Fact, known, seen } from '../../src/probe/fact.ts'
import type { Export, HostFacts, OpenFile, OtherMount } from '../../src/probe/facts.ts'
import { type Draw, drawFact } from './arbitrary-drives.ts'
import type { Stack } from './arbitrary-facts.ts'
import { hostPath, word } from './arbitrary-text.ts'

type InUse = Pick<
  HostFacts,
  'otherMounts' | 'openFiles' | 'exports' | 'loopFiles' | 'driverNodes' | 'resolved'
>

/** Processes of other mount namespaces, open nodes and exports, of things that are on the host and some that are not. */
export function drawInUse(draw: Draw, stack: Stack): InUse {
  const { g } = draw
  const blocks = [
    ...stack.blockDevices,
    ...stack.drives.flatMap((drive) => drive.namespaces.flatMap((n) => [n, ...n.partitions])),
  ].map(({ name, majmin }) => ({ name, majmin }))
  const nodes = [
    ...blocks.map(({ name }) => name),
    'vfio/10',
    'uio0',
    'ng0n1',
    'nvme0',
    'loop7',
    'dm-0',
    'nvme9n1',
  ]
  const copies = g(() => fc.subarray(blocks)).map(
    (block, at): OtherMount => ({
      pid: 700 + at,
      command: g(() => word),
      goesWith: null,
      mount: {
        majmin: block.majmin,
        root: '/',
        target: g(() => hostPath),
        fstype: 'xfs',
        source: `/dev/${block.name}`,
        options: 'rw,noatime',
      },
    }),
  )
  // Of disks that are not NVMe nobody asks.
  const asked = nodes.filter((node) => !node.startsWith('sd'))
  const open = g(() => fc.uniqueArray(fc.constantFrom(...asked), { maxLength: 3 })).map(
    (node, at): OpenFile => ({ pid: 800 + at, command: g(() => word), path: `/dev/${node}` }),
  )
  const exports = g(() => fc.uniqueArray(fc.constantFrom(...nodes), { maxLength: 2 })).map(
    (node, at): Export =>
      at === 0
        ? { by: 'nvmet', name: `subsystems/nqn.x y/namespaces/${at}`, path: `/dev/${node}` }
        : { by: 'lio', name: `core/iblock_${at}/disk`, path: `/srv/links/${node}` },
  )
  const served = drawInUseFact(draw, exports)
  const links = (seen(served) ?? []).filter(({ by }) => by === 'lio')
  const userSpace = stack.drives.filter(({ driver }) => driver.state === 'known' && driver.value !== 'nvme')
  return {
    otherMounts: drawInUseFact(draw, copies),
    openFiles: drawInUseFact(draw, open),
    exports: served,
    loopFiles: g(fc.boolean) ? { sda: '/img/disk one' } : {},
    driverNodes: Object.fromEntries(userSpace.map(({ bdf }, at) => [`/dev/uio${at}`, bdf])),
    resolved: Object.fromEntries(links.map(({ path }) => [path, '/dev/sda'])),
  }
}

/** These are lists that a host always has, or cannot tell. */
function drawInUseFact<T>(draw: Draw, list: T[]): Fact<T[]> {
  const fact = drawFact(draw, fc.constant(list))
  return fact.state === 'absent' ? known([]) : fact
}

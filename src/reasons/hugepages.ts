import { tell } from './reason.ts'

/** Reasons about hugepages. `pool` reads `node0/2M`. */
export const hugepageReasons = {
  HUGEPAGE_SIZE_MISSING: tell<{ pool: string; sizes: string[] }>({
    severity: 'block',
    title: 'The host has no hugepages of the declared size.',
    message: ({ pool, sizes }) =>
      `Hugepages ${pool} are declared, but this host offers ${sizes.length === 0 ? 'none' : `only ${sizes.join(', ')}`}.`,
    remedy: () => 'Declare a size that the processor and kernel offer: `ls /sys/kernel/mm/hugepages`.',
  }),
  NUMA_NODE_MISSING: tell<{ pool: string; nodes: number[] }>({
    severity: 'block',
    title: 'The host has no such NUMA node.',
    message: ({ pool, nodes }) =>
      `Hugepages ${pool} are declared, but this host's NUMA nodes are ${nodes.length === 0 ? 'none' : nodes.join(', ')}.`,
    remedy: () =>
      'Correct the node: `numactl --hardware` or `ls -d /sys/devices/system/node/node*` shows them.',
  }),
  HUGEPAGES_TOO_MANY: tell<{ pool: string; wanted: number; now: number; possible: number }>({
    severity: 'block',
    title: 'More hugepages are declared than there is memory for.',
    symptoms: ['memory might be heavily fragmented', 'requested … hugepages but … allocated'],
    message: ({ pool, wanted, now, possible }) =>
      `${wanted} hugepages ${pool} are declared; there are ${now}, and the memory there allows ${possible} at the most.`,
    remedy: ({ pool, possible }) =>
      `Declare at most ${possible} for ${pool}, or free memory there first (\`numastat -m\` shows who has it).`,
  }),
  HUGEPAGES_IN_USE: tell<{ pool: string; wanted: number; used: number }>({
    severity: 'block',
    title: 'More hugepages are in use than are declared.',
    message: ({ pool, wanted, used }) =>
      `${wanted} hugepages ${pool} are declared, but ${used} are in use now. The kernel would take the others away and leave the pool in a state nobody declared.`,
    remedy: () =>
      'Stop what uses them (`grep -l huge /proc/[0-9]*/numa_maps`), remove leftovers of crashed programs from /dev/hugepages, or declare more.',
  }),
}

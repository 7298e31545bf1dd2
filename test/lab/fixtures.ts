/** What scenarios put into a guest, and how they look at it. */
export * from './fixtures/filesystems.ts'
export * from './fixtures/hugepages.ts'
export * from './fixtures/pci.ts'
export * from './fixtures/processes.ts'
export * from './fixtures/reset.ts'
export * from './fixtures/stacks.ts'
export { nvmeVersionViaVfio } from './vfio.ts'

import type { HostDeclaration } from '../config/declaration.ts'
import type { Drive, HostFacts, KernelModule } from '../probe/facts.ts'
import type { Reason } from '../reasons/reason.ts'
import type { SystemTrace } from './system.ts'
import type { Use } from './uses.ts'

/** One declared drive before the guards: where it is, where it shall go, and all that is known of it. */
export interface DriveCase {
  declaration: HostDeclaration
  facts: HostFacts
  drive: Drive
  want: 'spdk' | 'kernel'
  /** Declared serial. */
  serial: string | null
  /** The driver it is on; null: none. */
  current: string | null
  target: KernelModule
  uses: Use[]
  system: SystemTrace
  /** The driver that each declared drive of the host is meant to end on, by BDF. */
  destined: ReadonlyMap<string, string>
}

/** Decides, from facts alone, whether something stands against what is declared for a drive. */
export type DriveGuard = (drive: DriveCase) => Reason[]

/** Whether the drive would leave the kernel's driver, where filesystems and pools may live on it. */
export function leavesKernel({ want, current }: DriveCase): boolean {
  return want === 'spdk' && current === 'nvme'
}

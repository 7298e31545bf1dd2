import type { HostDeclaration } from '../config/declaration.ts'
import type { Drive, HandOver, HostFacts, KernelModule, TakenMount, TakenSwap } from '../probe/facts.ts'

/**
 * What has to change on one host, decided before any step is made: which drives move where, which pools change.
 * Step rules read it and nothing else.
 */
export interface Need {
  declaration: HostDeclaration
  facts: HostFacts
  moves: DriveMove[]
  pools: PoolChange[]
  owners: OwnerChange[]
}

/** A drive on its way, with all that its steps have to know. */
export type DriveMove =
  | {
      direction: 'hand_over'
      drive: Drive
      /** The user-space driver it goes to. */
      driver: KernelModule
      record: HandOver
      mounts: PlacedMount[]
      swaps: TakenSwap[]
    }
  | {
      direction: 'give_back'
      drive: Drive
      driver: 'nvme'
      /** Null: provision did not hand it over, so there is nothing to restore and its namespaces are not known. */
      record: HandOver | null
    }

/** A mount to take down, with its line number in mountinfo: higher lies on top of lower. */
export interface PlacedMount {
  line: number
  mount: TakenMount
}

export interface PoolChange {
  sizeKiB: number
  node: number | null
  from: number
  to: number
}

export interface OwnerChange {
  bdf: string
  group: number
  from: string
  to: string
}

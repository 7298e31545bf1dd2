import { seen } from '../probe/fact.ts'
import type {
  Drive,
  HandOver,
  HostFacts,
  KernelModule,
  TakenLayer,
  TakenMount,
  TakenStack,
  TakenSwap,
} from '../probe/facts.ts'
import type { BlockRef } from './block-ref.ts'

/**
 * What has to change on one host, decided before any step is made: which drives move where, which pools change.
 * Step rules read it and nothing else.
 */
export interface Need {
  facts: HostFacts
  /** Sorted by BDF. */
  moves: DriveMove[]
  pools: PoolChange[]
  owners: OwnerChange[]
  /** Nodes to be given back to root before the drives behind them leave vfio-pci. */
  disowned: OwnerChange[]
  stack: StackNeed
}

/** What is stacked on the drives of all moves together: one layer may lie on several of them. */
export interface StackNeed {
  /** What lies below comes first. */
  close: TakenLayer[]
  /** With the line number in mountinfo, as for a `PlacedMount`. */
  umount: { line: number; mount: StackMount }[]
  swapoff: StackSwap[]
  /** What lies below comes first. */
  open: TakenLayer[]
  /** In the order in which they were mounted. */
  mount: StackMount[]
  swapon: StackSwap[]
}

/** Where on a stack something lies: for the host, and for people. */
export interface StackPlace {
  on: BlockRef
  /** Name of the layer, e.g. `vg-data`, `md127 p1`. */
  name: string
  /** BDFs of the drives at its bottom. */
  drives: string[]
}
export type StackMount = StackPlace & TakenStack['mounts'][number]
export type StackSwap = StackPlace & TakenStack['swaps'][number]

export const noStack: StackNeed = { close: [], umount: [], swapoff: [], open: [], mount: [], swapon: [] }

/** A drive on its way, with all that its steps have to know. */
export type DriveMove =
  | {
      direction: 'hand_over'
      drive: Drive
      /** The user-space driver it goes to. */
      driver: KernelModule
      record: HandOver
      /** The record that is on the host already; the same object as `record` when that one stays. */
      previous: HandOver | null
      mounts: PlacedMount[]
      swaps: TakenSwap[]
    }
  | {
      direction: 'give_back'
      drive: Drive
      driver: 'nvme'
      /** Null: provision did not hand it over, so there is nothing to restore and its namespaces are not known. */
      record: HandOver | null
      /** Those of the record that are not there already. */
      mounts: TakenMount[]
      swaps: TakenSwap[]
      /** Something stacked on it needs another drive that does not come back now, so the record must stay. */
      owed: boolean
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

/** Whether the drive must change drivers; a give-back may only have mounts and the record left to do. */
export function changesDriver(move: DriveMove): boolean {
  return seen(move.drive.driver) !== move.driver
}

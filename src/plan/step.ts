import type { HandOver, KernelModule, TakenLayer, TakenMount, TakenSwap } from '../probe/facts.ts'
import type { StackMount, StackSwap } from './need.ts'

/**
 * One step of a plan: what it does, as data. A step kind is one name in three places: its planning and prediction in
 * `plan/steps/<kind>.ts`, its execution on the host in `agent/steps/<kind>.sh`, and its tests. The undo of a step
 * is again a list of steps, so going back runs the same code, with the same checks and proofs, as going forward.
 */
export type StepAction =
  /** Load a kernel module, or unload one that this run loaded. */
  | { kind: 'module'; module: KernelModule; to: 'loaded' | 'unloaded' }
  /** Set one pool. `node: null` on a kernel without NUMA. */
  | { kind: 'hugepages'; sizeKiB: number; node: number | null; from: number; to: number }
  | ({ kind: 'swapoff'; bdf: string } & TakenSwap)
  | ({ kind: 'swapoff' } & StackSwap)
  | ({ kind: 'swapon'; bdf: string } & TakenSwap)
  | ({ kind: 'swapon' } & StackSwap)
  | ({ kind: 'umount'; bdf: string } & TakenMount)
  | ({ kind: 'umount' } & StackMount)
  | ({ kind: 'mount'; bdf: string } & TakenMount)
  | ({ kind: 'mount' } & StackMount)
  /** Take down one layer of a stack, with nothing on it any more. */
  | { kind: 'close'; layer: TakenLayer }
  /** Put it together again from what it lies on. */
  | { kind: 'open'; layer: TakenLayer }
  /** Write, on the host, who the drive is and what to restore, before it leaves its driver. */
  | { kind: 'record'; bdf: string; record: HandOver; previous: HandOver | null }
  /** Remove that record, once the drive is back. */
  | { kind: 'forget'; bdf: string; record: HandOver }
  /** `null` is no override. */
  | { kind: 'override'; bdf: string; from: string | null; to: string | null }
  /** Take the drive from its driver. `serial` is null where the driver does not tell it. */
  | { kind: 'unbind'; bdf: string; driver: string; serial: string | null; record: HandOver | null }
  /** Bind through drivers/<driver>/bind. */
  | { kind: 'bind'; bdf: string; driver: string; record: HandOver | null }
  /** Wait until the kernel has brought the drive's namespaces back. */
  | { kind: 'settle'; bdf: string; namespaces: { nsid: number; sizeBytes: number }[] }
  /** Give /dev/vfio/<group> to the user that runs SPDK; `from` and `to` are `user:group`. */
  | { kind: 'owner'; bdf: string; group: number; from: string; to: string }

export type StepKind = StepAction['kind']
export type ActionOf<K extends StepKind> = Extract<StepAction, { kind: K }>

/** A step as it stands in a plan. `target` and `summary` are what people read; ids count from 1 within a host. */
export interface Step {
  id: number
  kind: StepKind
  target: string
  summary: string
  action: StepAction
}

/** The drives that a step is done to, by BDF; none for what concerns the host. */
export function drivesOf(action: StepAction): string[] {
  if ('bdf' in action) return [action.bdf]
  if ('layer' in action) return action.layer.drives
  return 'drives' in action ? action.drives : []
}

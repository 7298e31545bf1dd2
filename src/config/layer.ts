import type { ConfigDocument } from './document.ts'
import type { KeyPath } from './keypath.ts'
import type { Position } from './problem.ts'
import type { SshLayer } from './schema/ssh.ts'
import type { StateLayer } from './schema/state.ts'

/**
 * What one level says about a host. A host has a stack of them; the later one wins, key by key:
 *
 *     built-in < playbooks of the top < top
 *              < playbooks of a group < group      (for each group of the host, in the order of the file)
 *              < playbooks of the host < host
 *
 * A playbook thus stands directly below the keys of the level that names it. Of several playbooks the later ones win,
 * and a playbook that names others stands over them.
 */
export interface Layer {
  level: Level
  document: ConfigDocument<unknown>
  /** Where in the document the level's own keys stand, e.g. `['groups', 'nvmf']`. */
  base: KeyPath
  state: StateLayer
  ssh: SshLayer
  address: string | undefined
}

export type Level =
  | { kind: 'playbook' }
  | { kind: 'top' }
  | { kind: 'group'; name: string }
  | { kind: 'host' }

/** A merged value and the layer it came from, `null` being the built-in default. */
export interface Sourced<T> {
  value: T
  layer: Layer | null
  /** Within the layer, e.g. `['devices', 'spdk']`. */
  path: KeyPath
}

/** Where a merged value, or a part of it, was written; null for a built-in default. */
export function positionOf({ layer, path }: Sourced<unknown>, within: KeyPath = []): Position | null {
  return layer === null ? null : layer.document.position([...layer.base, ...path, ...within])
}

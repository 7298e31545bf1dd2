/** The hosts that there are and the groups they belong to, by name. */
export interface Inventory {
  /** In the order of the hosts file. */
  hosts: readonly string[]
  /** The hosts of each group, groups in the order of the hosts file. */
  groups: ReadonlyMap<string, readonly string[]>
}

/** `2M`, `1G`, otherwise KiB: `64K`. */
export function pageSizeName(sizeKiB: number): string {
  if (sizeKiB % (1024 * 1024) === 0) return `${sizeKiB / 1024 / 1024}G`
  return sizeKiB % 1024 === 0 ? `${sizeKiB / 1024}M` : `${sizeKiB}K`
}

/** `node0/2M`, or `2M` on a kernel without NUMA. */
export function poolName(pool: { sizeKiB: number; node: number | null }): string {
  return pool.node === null ? pageSizeName(pool.sizeKiB) : `node${pool.node}/${pageSizeName(pool.sizeKiB)}`
}

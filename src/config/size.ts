const binary: Record<string, number> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40, P: 2 ** 50 }
const decimal: Record<string, number> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 }

/** What `parseDriveSize` accepts, for editors. */
export const driveSizePattern = '^[0-9]+(\\.[0-9]+)?([KMGTPkmgtp][iI]?[bB]?|[bB])$'
/** What `parsePageSize` accepts, for editors. */
export const pageSizePattern = '^[1-9][0-9]*([KkMmGg])([iI]?[bB])?$'

/**
 * A drive size in bytes, or null. Drives are sold in powers of ten, so `3.84T` and `3.84TB` are 3.84e12 bytes; the
 * powers of two are written `TiB`. A number without a unit is refused: nobody means three bytes by `3`.
 */
export function parseDriveSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(?:([KMGTP])(I?)B?|B)$/.exec(text.toUpperCase())
  if (match === null) return null
  const [, digits = '', unit, i] = match
  const factor = unit === undefined ? 1 : ((i === 'I' ? binary : decimal)[unit] ?? 1)
  const bytes = Math.round(Number(digits) * factor)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** A hugepage size in KiB (2048 for `2M`, `2MiB` and `2048kB`), or null. Pages are always powers of two. */
export function parsePageSize(text: string): number | null {
  const match = /^([1-9]\d*)([KMG])(?:I?B)?$/.exec(text.toUpperCase())
  if (match === null) return null
  const [, digits = '', unit = ''] = match
  const kib = (Number(digits) * (binary[unit] ?? 0)) / 1024
  return kib >= 64 && kib <= 2 ** 24 && Number.isInteger(Math.log2(kib)) ? kib : null
}

/** A page size in KiB as people say it: `2M`, `1G`, `64K`. */
export function renderPageSize(kib: number): string {
  if (kib % 2 ** 20 === 0) return `${kib / 2 ** 20}G`
  return kib % 2 ** 10 === 0 ? `${kib / 2 ** 10}M` : `${kib}K`
}

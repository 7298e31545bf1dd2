/** A BDF in the kernel's spelling, or why the text is none, with what was probably meant. */
export type BdfResult = { ok: true; bdf: string } | { ok: false; why: string; suggestion: string | null }

/** What `parseBdf` accepts, for editors. */
export const bdfPattern = '^([0-9a-fA-F]{4,6}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]$'

const shape = /^(?:([0-9a-f]+):)?([0-9a-f]+):([0-9a-f]+)(?:\.([0-9a-f]+))?$/

/**
 * Reads a PCI address, `[domain:]bus:device.function` in hex, and spells it as sysfs does: lower case, with domain.
 * Drives behind VMD stand in domains of five digits (the kernel's) or six (SPDK's), so those are valid too.
 */
export function parseBdf(text: string): BdfResult {
  const match = shape.exec(text.toLowerCase())
  if (match === null)
    return refuse('a PCI address looks like 0000:5e:00.0 (domain:bus:device.function, in hex)')
  const [, domain = '0000', bus = '', device = '', fn] = match
  if (domain.length < 4 || domain.length > 6)
    return refuse(`the domain \`${domain}\` must have 4 to 6 hex digits`)
  if (bus.length !== 2) return refuse(`the bus \`${bus}\` must have 2 hex digits`)
  if (device.length !== 2) return refuse(`the device \`${device}\` must have 2 hex digits`)
  if (Number.parseInt(device, 16) > 0x1f)
    return refuse(`device \`${device}\` is above 1f, the highest there is`)
  const head = `${canonicalDomain(domain)}:${bus}:${device}`
  if (fn === undefined) return refuse('the function after the dot is missing', `write "${head}.0"`)
  if (!/^[0-7]$/.test(fn)) return refuse(`function \`${fn}\` is not one of 0 to 7`)
  return { ok: true, bdf: `${head}.${fn}` }
}

const refuse = (why: string, suggestion: string | null = null): BdfResult => ({ ok: false, why, suggestion })

/** The kernel prints domains with %04x: leading zeros beyond four digits would never match. */
const canonicalDomain = (domain: string): string => domain.replace(/^0+/, '').padStart(4, '0')

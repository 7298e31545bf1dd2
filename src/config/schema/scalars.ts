import { z } from 'zod'
import { bdfPattern, parseBdf } from '../bdf.ts'
import type { Owner } from '../declaration.ts'
import { driveSizePattern, parseDriveSize } from '../size.ts'

/**
 * Schemas of single values. What a user writes is the input, what the engine wants is the output. Issues carry our
 * own code and suggestion in `params`; patterns are given as metadata too, so that editors check as well.
 */

/** Pushes a custom issue that `issues.ts` turns into a problem with this code. */
export function reject(
  ctx: z.core.ParsePayload,
  code: string,
  message: string,
  suggestion: string | null = null,
) {
  ctx.issues.push({ code: 'custom', message, input: ctx.value, params: { code, suggestion } })
  return z.NEVER
}

export const bdfSchema = z
  .string()
  .transform((text, ctx): string => {
    const parsed = parseBdf(text)
    if (parsed.ok) return parsed.bdf
    return reject(ctx, 'BDF_MALFORMED', `\`${text}\` is not a PCI address: ${parsed.why}`, parsed.suggestion)
  })
  .meta({
    description: 'PCI address of one NVMe drive, as `lspci -D` or setup.sh status print it. Quote it.',
    examples: ['0000:5e:00.0', '5e:00.0', '10000:01:00.0'],
    pattern: bdfPattern,
  })

export const driveSizeSchema = z
  .string()
  .transform((text, ctx): number => {
    const bytes = parseDriveSize(text)
    if (bytes !== null) return bytes
    return reject(
      ctx,
      'SIZE_MALFORMED',
      `\`${text}\` is not a size`,
      'write 3T, 3.84TB, 512G or, in powers of two, 3TiB',
    )
  })
  .meta({
    description:
      'A size with its unit. K, M, G, T, P (a B may follow) are powers of ten, as drives are sold; KiB to PiB powers of two.',
    examples: ['3T', '3.84TB', '512G', '3TiB'],
    pattern: driveSizePattern,
  })

const ownerPattern = /^[A-Za-z_][\w.-]*\$?(:[A-Za-z_][\w.-]*\$?)?$/

export const ownerSchema = z
  .string()
  .regex(ownerPattern, 'must be a user name, or user:group')
  .transform((text): Owner => {
    const [user = '', group] = text.split(':')
    return { user, group: group ?? null }
  })

/** Never begins with a dash: it ends up on command lines. */
const hostNamePattern = /^[A-Za-z0-9][\w.-]*$/

export const hostNameSchema = z
  .string()
  .regex(hostNamePattern, 'must be a host name: letters, digits, dots, dashes and underscores')

export const groupNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*$/, 'must be a group name: letters, digits, dots, dashes and underscores')
  .regex(/^(?!all$)/, 'is taken: it stands for every host')

/** A host name, an IPv4 address, or an IPv6 address without brackets. */
export const addressSchema = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9][\w.-]*|[0-9A-Fa-f:]+(?:[\d.]+)?(?:%[\w.-]+)?)$/,
    'must be a host name or an IP address, without a port',
  )

export const jumpSchema = z
  .string()
  .regex(
    /^(?:[\w.][\w.@-]*@)?(?:[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/,
    'must be [user@]host[:port]',
  )

/** Text of at least one character. */
export const textSchema = z.string().min(1, 'must not be empty')

/** One of something, or several in a list. */
export const oneOrMany = <T extends z.ZodType<unknown, string>>(item: T) =>
  z.union([item.transform((one) => [one]), z.array(item)])
